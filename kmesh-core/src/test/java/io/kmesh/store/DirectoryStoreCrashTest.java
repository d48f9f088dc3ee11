// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Crashes at every operation on the file system: nothing acknowledged is lost, nothing torn is
 * shown.
 */
@Tag("crash")
class DirectoryStoreCrashTest {
  private static final Path ROOT = Path.of("/s");
  private static final String GONE = "(gone)";

  @Test
  void putCopyDelete_whenCrashedAnywhere_keepWhatWasAcknowledged() {
    CrashPoints.Report report = CrashPoints.enumerate(Objects::new, 4);
    assertThat(report.crashes()).isGreaterThan(400);
  }

  @Test
  void uploads_whenCrashedAnywhere_keepPartsAndObjects() {
    CrashPoints.Report report = CrashPoints.enumerate(Parts::new, 4);
    assertThat(report.crashes()).isGreaterThan(400);
  }

  @Test
  void open_whenCrashedWhileMade_opensAgain() {
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new World() {
                  @Override
                  public void run(CrashPoint point) throws Exception {
                    files.arm(point);
                    openAndWork(calls -> {});
                  }

                  @Override
                  void check(BlockingObjectStore calls) throws IOException {
                    assertThat(calls.list(ListRequest.prefix("")).objects()).isEmpty();
                  }
                },
            10);
    assertThat(report.crashes()).isGreaterThan(100);
  }

  /** The enumeration is worth something: it finds a store that leaves out one kind of sync. */
  @ParameterizedTest
  @ValueSource(strings = {"/staging/", "/objects", "/objects/a"})
  void putCopyDelete_whenASyncIsMissing_isFound(String forgotten) {
    assertThatThrownBy(
            () ->
                CrashPoints.enumerate(
                    () -> {
                      Objects objects = new Objects();
                      objects.files.forgetSyncsOf(forgotten);
                      return objects;
                    },
                    4))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/log", "/data", "/uploads"})
  void uploads_whenASyncIsMissing_isFound(String forgotten) {
    assertThatThrownBy(
            () ->
                CrashPoints.enumerate(
                    () -> {
                      Parts parts = new Parts();
                      parts.files.forgetSyncsOf(forgotten);
                      return parts;
                    },
                    4))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed");
  }

  private interface Work {
    void run(BlockingObjectStore calls) throws Exception;
  }

  private abstract static class World implements CrashPoints.Scenario {
    final MemoryFiles files = new MemoryFiles();

    void openAndWork(Work work) throws Exception {
      DirectoryStore store = open();
      try {
        work.run(store.blocking());
      } finally {
        try {
          store.close();
        } catch (SimulatedCrash e) {
          // The process is gone; only its threads had to end.
        }
      }
    }

    DirectoryStore open() throws IOException {
      return DirectoryStore.builder(ROOT).time(ManualTime.create()).files(files).open();
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      files.crash(seed);
      for (int again = 0; again < 2; again++) {
        openAndWork(
            calls -> {
              check(calls);
              List<String> sessions = new ArrayList<>();
              files.list(ROOT.resolve("staging"), sessions::add);
              assertThat(sessions).as("sessions but our own").hasSize(1);
            });
      }
      openAndWork(
          calls -> {
            calls.put("after/all", utf8("works"), PutOptions.NONE);
            assertThat(content(calls, "after/all")).isEqualTo("works");
            calls.delete(List.of(DeleteTarget.of("after/all")));
          });
    }

    abstract void check(BlockingObjectStore calls) throws IOException;
  }

  /** Every key with the contents that it may have. */
  private static final class Objects extends World {
    private final Map<String, Set<String>> allowed = new HashMap<>();

    private interface Mutation {
      void run() throws Exception;
    }

    private void mutate(String key, String next, Mutation mutation) throws Exception {
      Set<String> either = new HashSet<>(allowed.getOrDefault(key, Set.of(GONE)));
      either.add(next);
      allowed.put(key, either);
      mutation.run();
      allowed.put(key, Set.of(next));
    }

    @Override
    public void run(CrashPoint point) throws Exception {
      openAndWork(calls -> mutate("old", "kept", () -> put(calls, "old", "kept")));
      files.arm(point);
      openAndWork(
          calls -> {
            mutate("a", "1", () -> put(calls, "a", "1"));
            mutate("a/b/c", "2", () -> put(calls, "a/b/c", "2"));
            mutate("a", "3", () -> put(calls, "a", "3"));
            mutate("a/b/d", "2", () -> copy(calls, "a/b/c", "a/b/d"));
            mutate("a/b/c", GONE, () -> delete(calls, "a/b/c"));
            mutate("a/b/d", GONE, () -> delete(calls, "a/b/d"));
            mutate("a/b/d", "4", () -> put(calls, "a/b/d", "4"));
            mutate("n".repeat(450), "5", () -> put(calls, "n".repeat(450), "5"));
            mutate("n".repeat(450), GONE, () -> delete(calls, "n".repeat(450)));
          });
    }

    @Override
    void check(BlockingObjectStore calls) throws IOException {
      Set<String> there = new HashSet<>();
      for (ObjectInfo info : calls.list(ListRequest.prefix("")).objects()) {
        there.add(info.key());
        assertThat(info.etag()).isNotEqualTo(DirectoryStore.DAMAGED);
      }
      assertThat(allowed.keySet()).containsAll(there);
      for (Map.Entry<String, Set<String>> entry : allowed.entrySet()) {
        String found = there.contains(entry.getKey()) ? content(calls, entry.getKey()) : GONE;
        assertThat(found).as(entry.getKey()).isIn(entry.getValue());
      }
    }
  }

  private static final class Parts extends World {
    private static final int SIZE = 1000;

    private Upload upload;
    private Upload aborted;
    private final List<UploadPart> acknowledged = new ArrayList<>();
    private boolean completing;
    private boolean completed;
    private boolean aborting;
    private boolean abortDone;

    @Override
    public void run(CrashPoint point) throws Exception {
      openAndWork(calls -> {});
      files.arm(point);
      openAndWork(
          calls -> {
            upload = calls.startUpload("dir/u", Map.of("k", "v"));
            part(calls, 1, 'a', SIZE);
            part(calls, 2, 'b', SIZE);
            part(calls, 2, 'c', SIZE);
            part(calls, 3, 'd', 10);
            aborted = calls.startUpload("dir/x", Map.of());
            calls.uploadPart(aborted, 1, fill('x', 50));
            aborting = true;
            calls.abort(aborted);
            abortDone = true;
            completing = true;
            calls.complete(upload, List.copyOf(acknowledged), PutOptions.NONE);
            completed = true;
          });
    }

    private void part(BlockingObjectStore calls, int number, char fill, int size)
        throws IOException {
      UploadPart part = calls.uploadPart(upload, number, fill(fill, size));
      acknowledged.removeIf(p -> p.number() == number);
      acknowledged.add(part);
    }

    @Override
    void check(BlockingObjectStore calls) throws IOException {
      List<Upload> uploads = calls.listUploads("");
      if (abortDone) {
        assertThat(uploads).doesNotContain(aborted);
      } else if (aborted != null && !aborting) {
        assertThat(uploads).contains(aborted);
      }
      if (upload == null) {
        return;
      }
      boolean isThere = calls.find("dir/u").isPresent();
      if (completed) {
        assertThat(isThere).as("the completed object").isTrue();
        assertThat(uploads).doesNotContain(upload);
      }
      if (isThere) {
        assertThat(completing).isTrue();
        assertThat(content(calls, "dir/u"))
            .isEqualTo("a".repeat(SIZE) + "c".repeat(SIZE) + "d".repeat(10));
        assertThat(calls.head("dir/u").metadata()).containsEntry("k", "v");
      } else {
        assertThat(uploads).as("the upload that is not completed").contains(upload);
        List<UploadPart> held = calls.listParts(upload);
        if (!completing && held.stream().anyMatch(p -> isUnacknowledgedRewrite(p))) {
          return; // the second part 2 was written and its caller not told
        }
        assertThat(held).containsAll(acknowledged);
        if (completing) {
          calls.complete(upload, List.copyOf(acknowledged), PutOptions.NONE);
          assertThat(content(calls, "dir/u")).hasSize(2 * SIZE + 10);
        }
      }
    }

    private boolean isUnacknowledgedRewrite(UploadPart part) {
      return part.number() == 2 && !acknowledged.contains(part);
    }
  }

  @Test
  void put_whenAcknowledged_hasSyncedFileThenDirectories() throws Exception {
    MemoryFiles files = new MemoryFiles();
    try (DirectoryStore store =
        DirectoryStore.builder(ROOT).time(ManualTime.create()).files(files).open()) {
      files.takeLog();
      store.blocking().put("d/e", utf8("x"), PutOptions.NONE);
      String staged = "/s/staging/" + sessions(files).get(0) + "/0";
      assertThat(files.takeLog())
          .containsExactly(
              "create " + staged,
              "write " + staged,
              "sync " + staged,
              "mkdir /s/objects/d",
              "sync /s/objects",
              "rename /s/objects/d/e%o",
              "sync /s/objects/d");
      store.blocking().put("d/f", utf8("x"), PutOptions.NONE);
      assertThat(files.takeLog()).hasSize(5).last().isEqualTo("sync /s/objects/d");
      store.blocking().delete(List.of(DeleteTarget.of("d/e"), DeleteTarget.of("d/f")));
      assertThat(files.takeLog()).last().isEqualTo("sync /s/objects");
    }
  }

  @Test
  void put_whenSpaceIsOut_failsAndLeavesNothing() throws Exception {
    MemoryFiles files = new MemoryFiles();
    try (DirectoryStore store =
        DirectoryStore.builder(ROOT).time(ManualTime.create()).files(files).open()) {
      BlockingObjectStore calls = store.blocking();
      for (String operation : List.of("create", "write", "sync", "rename", "mkdir")) {
        for (String reason : List.of("No space left on device", "Disk quota exceeded")) {
          files.fail(operation, reason);
          assertThat(kindOf(() -> calls.put("a/b", utf8("x"), PutOptions.NONE)))
              .as("%s: %s", operation, reason)
              .isEqualTo(ErrorKind.NO_SPACE);
          files.fail(null, "");
          if (!operation.equals("sync") && !operation.equals("rename")) {
            assertThat(calls.find("a/b")).isEmpty();
          }
          calls.delete(List.of(DeleteTarget.of("a/b")));
          String session = sessions(files).get(0);
          List<String> staged = new ArrayList<>();
          files.list(ROOT.resolve("staging").resolve(session), staged::add);
          assertThat(staged).containsExactly("owner");
        }
      }
      files.fail("sync", "Input/output error");
      assertThat(kindOf(() -> calls.put("a/b", utf8("x"), PutOptions.NONE)))
          .as("the file's own sync failed: nothing was changed")
          .isEqualTo(ErrorKind.TRANSIENT);
      files.fail(null, "");
      calls.put("a/b", utf8("x"), PutOptions.NONE);
      files.fail("sync", "Input/output error");
      assertThat(calls.delete(List.of(DeleteTarget.of("a/b"))).get(0).error())
          .as("the directory's sync failed: the name is gone, perhaps not for ever")
          .contains(ErrorKind.UNKNOWN_OUTCOME);
      files.fail(null, "");
    }
  }

  private static List<String> sessions(MemoryFiles files) throws IOException {
    List<String> names = new ArrayList<>();
    files.list(ROOT.resolve("staging"), names::add);
    return names;
  }

  private interface Failing {
    void run() throws IOException;
  }

  private static ErrorKind kindOf(Failing call) throws IOException {
    try {
      call.run();
    } catch (ProviderException e) {
      return e.kind();
    }
    throw new AssertionError("The call did not fail.");
  }

  private static void put(BlockingObjectStore calls, String key, String text) throws IOException {
    calls.put(key, utf8(text), PutOptions.NONE);
  }

  private static void copy(BlockingObjectStore calls, String from, String to) throws IOException {
    calls.copy(from, Condition.none(), to, PutOptions.NONE);
  }

  private static void delete(BlockingObjectStore calls, String key) throws IOException {
    assertThat(calls.delete(List.of(DeleteTarget.of(key))).get(0).error()).isEmpty();
  }

  private static String content(BlockingObjectStore calls, String key) throws IOException {
    ByteBuffer data = calls.read(key, 0, 1 << 20, Condition.none()).data();
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static ByteBuffer fill(char fill, int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) fill);
    return ByteBuffer.wrap(bytes);
  }
}
