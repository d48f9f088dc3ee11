// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/** Files of a simulated Lustre that a copytool brings to a store and back. One thread. */
final class ArchivedFiles implements AutoCloseable {
  private static final ArchiveId ARCHIVE = ArchiveId.of(1);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final RunningTime TIME = RunningTime.instance();

  private final SimulatedLustre lustre;
  private final MemoryState state = MemoryState.create(TIME);
  private final ObjectStore store;
  private final Copytool copytool;
  private final Map<Fid, byte[]> contents = new LinkedHashMap<>();

  private ArchivedFiles(SimulatedLustre lustre, ObjectStore store) throws IOException {
    this.lustre = lustre;
    this.store = store;
    this.copytool =
        Copytool.builder(lustre).state(state).store("bucket", ARCHIVE, store).workers(4).start();
  }

  static ArchivedFiles on(Path folder, ObjectStore store) throws IOException {
    return new ArchivedFiles(
        SimulatedLustre.builder(folder.resolve("lustre"))
            .caller(0, 0)
            .seed(7)
            .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(100))
            .open(),
        store);
  }

  void archiveReleaseRestoreRemove() throws IOException, InterruptedException {
    write("large", 20 << 20);
    write("none", 0);
    for (int i = 0; i < 20; i++) {
      write("f" + i, 1 + 3000 * i);
    }
    Map<Fid, FileStat> before = new LinkedHashMap<>();
    for (Fid fid : contents.keySet()) {
      before.put(fid, lustre.identity().stat(fid));
    }
    act(HsmActionKind.ARCHIVE);
    requireAll(fid -> has(fid, HsmFlag.ARCHIVED));
    assertThat(keys()).contains("large", "f1", "f19");
    act(HsmActionKind.RELEASE);
    requireAll(fid -> has(fid, HsmFlag.RELEASED));
    act(HsmActionKind.RESTORE);
    for (Map.Entry<Fid, byte[]> file : contents.entrySet()) {
      assertThat(read(file.getKey())).isEqualTo(file.getValue());
      FileStat now = lustre.identity().stat(file.getKey());
      assertThat(now.mtime()).isEqualTo(before.get(file.getKey()).mtime());
      assertThat(now.mode()).isEqualTo(before.get(file.getKey()).mode());
    }
    act(HsmActionKind.REMOVE);
    requireAll(fid -> !has(fid, HsmFlag.ARCHIVED) && !has(fid, HsmFlag.RELEASED));
    assertThat(keys()).isEmpty();
    assertThat(copytool.status().failed()).isZero();
    assertThat(copytool.status().archived()).isEqualTo(contents.size());
    assertThat(copytool.status().restored()).isEqualTo(contents.size());
  }

  private void write(String name, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(name.hashCode()).nextBytes(bytes);
    PathBytes path = PathBytes.of(name);
    try (PosixFile file =
        lustre.tree().openFile(path, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        file.write(left, left.position());
      }
      file.setMode(0640);
      file.setTimes(new FileTime(1_500_000_000, 1), new FileTime(1_500_000_001, 123_456_789));
    }
    contents.put(lustre.identity().fid(path), bytes);
  }

  private byte[] read(Fid fid) throws IOException {
    try (PosixFile file = lustre.identity().open(fid, Set.of(OpenFlag.READ))) {
      ByteBuffer all = ByteBuffer.allocate((int) file.stat().size());
      while (all.hasRemaining() && file.read(all, all.position()) > 0) {
        continue;
      }
      return all.array();
    }
  }

  private boolean has(Fid fid, HsmFlag flag) {
    try {
      return lustre.hsm().state(fid).flags().contains(flag);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void requireAll(Predicate<Fid> condition) {
    assertThat(contents.keySet()).allMatch(condition);
  }

  private void act(HsmActionKind action) throws IOException, InterruptedException {
    lustre.hsm().request(HsmRequest.of(action, ARCHIVE, List.copyOf(contents.keySet())));
    if (action == HsmActionKind.RELEASE) {
      return;
    }
    long end = TIME.nanoTime() + PATIENCE.toNanos();
    while (!isQuiet()) {
      assertThat(TIME.nanoTime()).as("%s of all files ends", action).isLessThan(end);
      lustre.coordinator().step();
      TIME.sleep(Duration.ofMillis(5));
    }
    assertThat(lustre.coordinator().actions())
        .filteredOn(a -> a.action() == action)
        .allMatch(a -> a.status() == ActionStatus.SUCCEED);
  }

  private boolean isQuiet() {
    return lustre.coordinator().actions().stream().allMatch(a -> a.status().isFinal())
        && copytool.status().running() == 0;
  }

  private List<String> keys() throws IOException {
    List<String> keys = new ArrayList<>();
    store.blocking().list(ListRequest.prefix("")).objects().stream()
        .map(ObjectInfo::key)
        .forEach(keys::add);
    return keys;
  }

  @Override
  public void close() throws IOException {
    try {
      copytool.close();
      assertThat(lustre.coordinator().violations()).isEmpty();
    } finally {
      lustre.close();
      state.close();
    }
  }
}
