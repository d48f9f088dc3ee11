// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.WorkCodec;
import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkResult;
import io.kmesh.engine.WorkUnit;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalWorkerTest {
  private static final int SIZE = 3 << 20;

  private final MemoryStore store = MemoryStore.create();
  private final byte[] content = new byte[SIZE];
  private PosixTree tree;
  private LocalWorker worker;
  private long version;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    new SplittableRandom(1).nextBytes(content);
    tree = new NioPosixTreeProvider().open(directory);
    try (PosixFile file =
        tree.openFile(PathBytes.of("f"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(content), 0);
      version = LocalWorker.nanos(file.stat());
    }
    try (PosixFile file =
        tree.openFile(PathBytes.of("to"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.truncate(0);
    }
    worker = new LocalWorker(ByteBudget.of(DataSize.ofMib(16))).tree("t", tree).store("s", store);
  }

  /** Over the stored form, as another process would get it. */
  private WorkResult run(WorkUnit unit) throws Exception {
    WorkUnit sent = WorkCodec.decodeUnit(WorkCodec.encode(unit));
    return WorkCodec.decodeResult(WorkCodec.encode(worker.run(sent)));
  }

  private WorkUnit unit(WorkPlace from, long at, long length, WorkPlace to) {
    boolean isObject = from instanceof WorkPlace.AtKey;
    return new WorkUnit(
        "a",
        isObject ? "s" : "t",
        from,
        isObject ? 0 : version,
        at,
        length,
        to instanceof WorkPlace.AtPart ? "s" : "t",
        to,
        to instanceof WorkPlace.AtPart ? 0 : at,
        List.of());
  }

  private static WorkPlace path(String name) {
    return new WorkPlace.AtPath(PathBytes.of(name));
  }

  @Test
  void run_whenRangesGoToParts_makesTheObject() throws Exception {
    Upload upload = store.blocking().startUpload("k", Map.of());
    int half = SIZE / 2;
    WorkResult one = run(unit(path("f"), 0, half, new WorkPlace.AtPart("k", upload.id(), 1)));
    WorkResult again = run(unit(path("f"), 0, half, new WorkPlace.AtPart("k", upload.id(), 1)));
    WorkResult two =
        run(unit(path("f"), half, SIZE - half, new WorkPlace.AtPart("k", upload.id(), 2)));
    assertThat(one.error()).isEmpty();
    assertThat(again.crc32c()).isEqualTo(one.crc32c());
    store
        .blocking()
        .complete(
            upload,
            List.of(
                new UploadPart(1, again.partEtag(), half),
                new UploadPart(2, two.partEtag(), SIZE - half)),
            PutOptions.NONE);
    assertThat(store.blocking().head("k").size()).isEqualTo(SIZE);
  }

  @Test
  void run_whenObjectGoesToFile_writesItsRanges() throws Exception {
    ObjectInfo info = store.blocking().put("k", ByteBuffer.wrap(content), PutOptions.NONE);
    WorkPlace from = new WorkPlace.AtKey("k", info.etag());
    assertThat(run(unit(from, 1 << 20, 2 << 20, path("to"))).error()).isEmpty();
    assertThat(run(unit(from, 0, 1 << 20, path("to"))).bytes()).isEqualTo(1 << 20);
    assertThat(read("to")).isEqualTo(content);
    assertThat(run(unit(new WorkPlace.AtKey("k", "other"), 0, 1, path("to"))).error())
        .contains(ErrorKind.PRECONDITION);
  }

  @Test
  void run_whenFileGoesToFile_copies() throws Exception {
    assertThat(run(unit(path("f"), 5, SIZE - 5, path("to"))).error()).isEmpty();
    assertThat(run(unit(path("f"), 0, 5, path("to"))).error()).isEmpty();
    assertThat(read("to")).isEqualTo(content);
  }

  @Test
  void run_whenSourceChangedOrEndpointIsUnknown_saysSo() throws Exception {
    WorkUnit unit = unit(path("f"), 0, 10, path("to"));
    WorkUnit old =
        new WorkUnit("a", "t", path("f"), version - 1, 0, 10, "t", path("to"), 0, List.of());
    assertThat(run(old).error()).contains(ErrorKind.PRECONDITION);
    assertThat(run(unit(path("f"), SIZE, 10, path("to"))).error()).contains(ErrorKind.PRECONDITION);
    WorkUnit elsewhere =
        new WorkUnit("a", "x", unit.from(), version, 0, 10, "t", path("to"), 0, List.of());
    assertThat(run(elsewhere).error()).contains(ErrorKind.UNSUPPORTED);
    assertThat(run(unit(path("absent"), 0, 10, path("to"))).error()).contains(ErrorKind.NOT_FOUND);
  }

  private byte[] read(String name) throws Exception {
    try (PosixFile file = tree.openFile(PathBytes.of(name), Set.of(OpenFlag.READ))) {
      ByteBuffer buffer = ByteBuffer.allocate((int) file.stat().size());
      while (buffer.hasRemaining() && file.read(buffer, buffer.position()) > 0) {
        continue;
      }
      return buffer.array();
    }
  }
}
