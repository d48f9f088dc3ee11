// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;

/**
 * What the contracts of HSM share: a binding, a directory in it, a copytool that the test itself
 * plays, an archive in memory, and waiting by looking again until a deadline.
 *
 * <p>It needs root, running coordinators with room for three actions, and no other copytool on the
 * mount. Nothing needs a server node; what does is skipped without {@link #serverParameters()}.
 */
@DisplayNameGeneration(DisplayNameGenerator.Simple.class)
public abstract class LustreFixture {
  /** Sets a parameter {@code mdt.*.NAME} of all MDTs, as {@code lctl set_param} does. */
  @FunctionalInterface
  public interface ServerParameters {
    /** Sets one, such as {@code hsm_control} or {@code hsm.active_request_timeout}. */
    void set(String name, String value) throws Exception;
  }

  static final byte[] CONTENT = "The content of a file.\n".getBytes(StandardCharsets.UTF_8);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
  private static final Duration MOMENT = Duration.ofMillis(100);

  private @Nullable LustreBinding lustre;
  private @Nullable CopytoolSession session;
  private PathBytes directory = PathBytes.EMPTY;
  private final Map<Fid, byte[]> archive = new HashMap<>();
  private final List<ActionItem> unseen = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /** For subclasses. */
  LustreFixture() {}

  /** Opens the file system; it is closed after each test. */
  protected abstract LustreBinding openBinding() throws Exception;

  /** A new, empty directory of it, relative to its root, that the tests may fill. */
  protected abstract PathBytes freshDirectory(LustreBinding binding) throws Exception;

  /** How long anything that must happen may take. */
  protected abstract Duration timeBudget();

  /** The parameters of the servers; empty where a test cannot set them. */
  protected Optional<ServerParameters> serverParameters() {
    return Optional.empty();
  }

  /** Opens the file system and makes the directory. */
  @BeforeEach
  final void openLustre() throws Exception {
    lustre = openBinding();
    directory = freshDirectory(lustre);
  }

  /** Ends the copytool and closes the file system; no thread may be left. */
  @AfterEach
  final void closeLustre() throws Exception {
    if (session != null) {
      session.close();
    }
    if (lustre != null) {
      lustre.close();
    }
    for (Thread thread : threads) {
      thread.join(timeBudget().toMillis());
      assertThat(thread.isAlive()).as("%s still runs", thread.getName()).isFalse();
    }
  }

  final LustreBinding lustre() {
    return Objects.requireNonNull(lustre);
  }

  // ---- files

  final PathBytes path(String name) {
    return directory.resolve(name);
  }

  final Fid create(String name, byte[] content) throws IOException {
    try (PosixFile file =
        lustre().tree().openFile(path(name), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(content), 0);
    }
    return lustre().identity().fid(path(name));
  }

  final byte[] read(String name) throws IOException {
    try (PosixFile file = lustre().tree().openFile(path(name), Set.of(OpenFlag.READ))) {
      return read(file);
    }
  }

  static byte[] read(PosixFile file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) file.stat().size() + 16);
    int read = 0;
    while (read >= 0 && buffer.hasRemaining()) {
      read = file.read(buffer, buffer.position());
    }
    byte[] content = new byte[buffer.position()];
    buffer.flip().get(content);
    return content;
  }

  final void write(String name, byte[] content, long offset) throws IOException {
    try (PosixFile file = lustre().tree().openFile(path(name), Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(content), offset);
    }
  }

  final PosixFile open(String name, OpenFlag flag) throws IOException {
    return lustre().tree().openFile(path(name), Set.of(flag));
  }

  final PosixDirectory openDirectory() throws IOException {
    return lustre().tree().openDirectory(directory);
  }

  // ---- HSM

  final Set<HsmFlag> flags(Fid fid) throws IOException {
    return lustre().hsm().state(fid).flags();
  }

  final void request(HsmActionKind action, Fid... fids) throws IOException {
    lustre().hsm().request(HsmRequest.of(action, ArchiveId.ANY, List.of(fids)));
  }

  /** The copytool that the test plays; registered when it is first asked for. */
  final CopytoolSession session() throws IOException {
    CopytoolSession open = session;
    if (open == null) {
      open = lustre().copytools().register(Set.of());
      session = open;
    }
    return open;
  }

  final void endSession() throws IOException {
    session().close();
    session = null;
    unseen.clear();
  }

  /** Waits for an action on a file. */
  final ActionItem next(HsmActionKind action, Fid fid) throws IOException {
    long deadline = System.nanoTime() + timeBudget().toNanos();
    while (System.nanoTime() < deadline) {
      for (ActionItem item : unseen) {
        if (item.action() == action && item.fid().equals(fid)) {
          unseen.remove(item);
          return item;
        }
      }
      unseen.addAll(session().receive(Duration.ofMillis(100)));
    }
    throw new AssertionError(
        "No " + action + " of " + fid + " came within " + timeBudget() + ", only " + unseen + ".");
  }

  /** Whether an action on a file comes within a moment. */
  final boolean comes(HsmActionKind action, Fid fid) throws IOException {
    settle();
    return unseen.stream().anyMatch(i -> i.action() == action && i.fid().equals(fid));
  }

  /** Receives until nothing comes for a moment; what came is kept. */
  final List<ActionItem> settle() throws IOException {
    for (List<ActionItem> items = session().receive(MOMENT);
        !items.isEmpty();
        items = session().receive(MOMENT)) {
      unseen.addAll(items);
    }
    return List.copyOf(unseen);
  }

  /** Archives files through the coordinator into the archive in memory. */
  final void archive(Fid... fids) throws IOException {
    session();
    request(HsmActionKind.ARCHIVE, fids);
    for (Fid fid : fids) {
      try (RunningAction running = session().begin(next(HsmActionKind.ARCHIVE, fid))) {
        archive.put(fid, read(running.data()));
        running.succeed();
      }
    }
  }

  final Fid archived(String name, byte[] content) throws IOException {
    Fid fid = create(name, content);
    archive(fid);
    return fid;
  }

  final Fid released(String name, byte[] content) throws IOException {
    Fid fid = archived(name, content);
    request(HsmActionKind.RELEASE, fid);
    return fid;
  }

  /** Waits for the restore of a file and does it. */
  final ActionItem restore(Fid fid) throws IOException {
    ActionItem item = next(HsmActionKind.RESTORE, fid);
    try (RunningAction running = session().begin(item)) {
      running.data().write(ByteBuffer.wrap(archive.getOrDefault(fid, CONTENT)), 0);
      running.succeed();
    }
    return item;
  }

  // ---- waiting and failing

  /** Runs something that may block. */
  final <T> CompletableFuture<T> inThread(Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(work.call());
              } catch (Exception | AssertionError e) {
                result.completeExceptionally(e);
              }
            },
            "kmesh-contract-" + threads.size());
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
    return result;
  }

  /** What it returned. */
  final <T> T result(CompletableFuture<T> work) throws Exception {
    try {
      return work.get(timeBudget().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("It still waits after " + timeBudget() + ".", e);
    }
  }

  /** Looks again until it holds. */
  final void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + timeBudget().toNanos();
    Object monitor = new Object();
    while (!holds.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(what + " did not come true within " + timeBudget() + ".");
      }
      synchronized (monitor) {
        TimeUnit.MILLISECONDS.timedWait(monitor, LOOK_AGAIN.toMillis());
      }
    }
  }

  static void assertFails(ThrowingCallable call, Errno... oneOf) {
    assertThat(catchThrowable(call))
        .isInstanceOfSatisfying(
            ProviderException.class,
            e ->
                assertThat(e.errno())
                    .as("the errno of: %s", e.getMessage())
                    .hasValueSatisfying(errno -> assertThat(oneOf).contains(errno)));
  }
}
