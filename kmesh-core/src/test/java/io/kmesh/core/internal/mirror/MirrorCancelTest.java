// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTree;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Work on a store that never answers ends when it is cancelled: without that each of these would
 * run out of the test's time.
 */
class MirrorCancelTest {
  private static final int PART = 64 << 10;

  private final MemoryStore store = MemoryStore.create();
  private Path source;
  private Path target;
  private PosixTree sourceTree;
  private PosixTree targetTree;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    target = Files.createDirectory(directory.resolve("target"));
    sourceTree = new NioPosixTreeProvider().open(source);
    targetTree = new NioPosixTreeProvider().open(target);
    FileTime whole = new FileTime(1_600_000_000, 0);
    try (PosixDirectory root = sourceTree.openRoot()) {
      for (String name : List.of("large", "small")) {
        Files.write(
            source.resolve(name), MirrorFixture.random(1, name.equals("large") ? 9 * PART : 99));
        root.setTimes(PathBytes.of(name), whole, whole);
      }
      root.setTimes(whole, whole);
    }
  }

  /** Answers nothing of one kind from some call on. */
  private static class Silent extends ForwardingObjectStore {
    private final ObjectStore store;
    private final String kind;
    private final List<CompletableFuture<?>> asked = new ArrayList<>(); // guarded by this
    private int answered; // guarded by this

    Silent(ObjectStore store, String kind, int answered) {
      this.store = store;
      this.kind = kind;
      this.answered = answered;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    private synchronized <T> CompletionStage<T> ask(
        String what, Supplier<CompletionStage<T>> call) {
      boolean isMeant = kind.equals("any") || what.equals(kind);
      if (!isMeant || answered-- > 0) {
        return call.get();
      }
      CompletableFuture<T> never = new CompletableFuture<>();
      asked.add(never);
      return never;
    }

    synchronized boolean isAsked() {
      return !asked.isEmpty();
    }

    /** Answers in the end that it could not be done. */
    void fail() {
      List<CompletableFuture<?>> all;
      synchronized (this) {
        all = List.copyOf(asked);
      }
      all.forEach(f -> f.completeExceptionally(new IOException("closed")));
    }

    @Override
    public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
      return ask("put", () -> store.put(key, body, options));
    }

    @Override
    public CompletionStage<ObjectInfo> head(String key) {
      return ask("head", () -> store.head(key));
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      return ask("list", () -> store.list(request));
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      return ask("read", () -> store.read(key, offset, length, condition));
    }

    @Override
    public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
      return ask("uploadPart", () -> store.uploadPart(upload, number, body));
    }

    @Override
    public CompletionStage<ObjectInfo> complete(
        Upload upload, List<UploadPart> parts, PutOptions options) {
      return ask("complete", () -> store.complete(upload, parts, options));
    }
  }

  private static MirrorTree mirror(Silent to, ByteBudget budget) {
    return MirrorTree.in(to, RunningTime.instance())
        .partSize(DataSize.ofBytes(PART))
        .budget(budget)
        .threads(8)
        .cancelWhen(to::isAsked);
  }

  private static void cancelled(ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "put", "uploadPart", "complete"})
  void export_toAStoreThatNeverAnswers_ends(String kind) {
    Silent silent = new Silent(store, kind, 0);
    // Four parts at once, so that others wait for memory.
    ByteBudget budget = ByteBudget.of(DataSize.ofBytes(4 * PART));
    cancelled(() -> mirror(silent, budget).export(sourceTree, PathBytes.EMPTY));
    assertThat(store.openUploads()).isEmpty();
    silent.fail();
    assertThat(budget.used()).isEqualTo(DataSize.ZERO);
  }

  /** The store may still read what it was given: nobody else gets these buffers. */
  @Test
  void bufferOfACallThatWasEnded_staysAsItWas() throws IOException {
    ByteBuffer[] given = new ByteBuffer[1];
    Silent silent =
        new Silent(store, "uploadPart", 0) {
          @Override
          public CompletionStage<UploadPart> uploadPart(
              Upload upload, int number, ByteBuffer body) {
            if (number == 1) {
              given[0] = body;
            }
            return super.uploadPart(upload, number, body);
          }
        };
    ByteBudget budget = ByteBudget.of(DataSize.ofBytes(4 * PART));
    cancelled(() -> mirror(silent, budget).threads(1).export(sourceTree, PathBytes.EMPTY));
    assertThat(budget.used().bytes()).isGreaterThanOrEqualTo(PART);
    byte[] first = new byte[PART];
    given[0].duplicate().get(first);
    assertThat(Files.readAllBytes(source.resolve("large"))).startsWith(first);
    silent.fail();
    assertThat(budget.used()).isEqualTo(DataSize.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "read"})
  void import_fromAStoreThatNeverAnswers_ends(String kind) throws IOException {
    MirrorTree push = MirrorTree.in(store, RunningTime.instance()).partSize(DataSize.ofBytes(PART));
    assertThat(push.export(sourceTree, PathBytes.EMPTY).failed()).isEmpty();
    Silent silent = new Silent(store, kind, kind.equals("read") ? 5 : 0);
    ByteBudget budget = ByteBudget.of(DataSize.ofBytes(4 * PART));
    cancelled(() -> mirror(silent, budget).importTo(targetTree, PathBytes.EMPTY));
    silent.fail();
    assertThat(budget.used()).isEqualTo(DataSize.ZERO);
    try (Stream<Path> all = Files.list(target)) {
      assertThat(all.map(p -> p.getFileName().toString())).noneMatch(n -> n.startsWith(".kmesh"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void comparison_withAStoreThatNeverAnswers_ends(int answered) throws IOException {
    MirrorTree push = MirrorTree.in(store, RunningTime.instance());
    assertThat(push.export(sourceTree, PathBytes.EMPTY).failed()).isEmpty();
    Silent silent = new Silent(store, "any", answered);
    ByteBudget budget = ByteBudget.of(DataSize.ofBytes(4 * PART));
    cancelled(() -> mirror(silent, budget).verify(sourceTree, PathBytes.EMPTY));
  }
}
