// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.replica.Message.Action;
import io.kmesh.core.internal.flows.replica.Message.Expected;
import io.kmesh.core.internal.flows.replica.Message.Outcome;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The source's machine stops at each call, and is then asked again for all that it did not answer,
 * as a site does: each edit is made once, in its order, and what others wrote stays.
 */
@Tag("crash")
class BackEditsCrashTest {
  private static final long JOURNAL = 77;

  @TempDir private Path directory;
  private int worlds;

  /** What a site asks for: a new file, then twice its bytes, then another one that meets theirs. */
  private record Asked(long number, String path, String bytes, long after) {}

  private static final List<Asked> ALL =
      List.of(
          new Asked(1, "in/file", "first", 0),
          new Asked(2, "in/file", "second", 1),
          new Asked(3, "theirs", "mine", 0),
          new Asked(4, "theirs", "mine again", 3),
          new Asked(5, "gone/file", "late", 0),
          new Asked(6, "in/file", "third!", 2));

  private final class Working implements CrashPoints.Scenario {
    private final Path folder;
    private final PosixTree real;
    private final MemoryOrdered store = new MemoryOrdered();
    private @Nullable CrashableTree crashable;
    private long transport;
    private int answered;
    private final List<Outcome> outcomes = new ArrayList<>();

    Working() {
      try {
        folder = Files.createDirectory(directory.resolve("w" + worlds++));
        Files.createDirectory(folder.resolve("in"));
        Files.writeString(folder.resolve("theirs"), "theirs");
        real = JnaPosix.open(folder);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private SourceEdits edits(PosixTree tree) throws IOException {
      store.rollback();
      return EditedSource.open(tree, store);
    }

    private Outcome ask(SourceEdits edits, Asked asked) throws IOException {
      long number = ++transport;
      EditedSource.send(edits, number, asked.bytes());
      BackTicket ticket =
          new BackTicket(
              JOURNAL,
              asked.number(),
              asked.after(),
              Math.max(1, asked.number() - 4),
              new FileTime(1_600_000_000 + asked.number(), 5));
      return EditedSource.ask(
              edits,
              EditedSource.edit(
                  number,
                  Action.WRITE_BACK,
                  asked.path(),
                  "",
                  asked.after() == 0 ? Expected.ABSENT : Expected.ANY,
                  asked.bytes().length(),
                  0600,
                  ticket.write()))
          .outcome();
    }

    private void askFrom(SourceEdits edits, int first) throws IOException {
      for (int i = first; i < ALL.size(); i++) {
        outcomes.add(ask(edits, ALL.get(i)));
        answered = i + 1;
      }
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(real, point);
      askFrom(edits(crashable), 0);
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashable.crash(seed);
      int before = answered;
      try (real;
          SourceEdits again = edits(real)) {
        askFrom(again, before);
        assertThat(ask(again, ALL.get(5))).isEqualTo(Outcome.DONE); // and once more
      }
      assertThat(outcomes)
          .containsExactly(
              Outcome.DONE,
              Outcome.DONE,
              Outcome.BESIDE,
              Outcome.BESIDE,
              Outcome.BESIDE,
              Outcome.DONE);
      Map<String, String> files = new TreeMap<>();
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          String name = folder.relativize(file).toString();
          files.put(
              name.replaceAll("-[0-9a-f]{8}$", "-X" + Files.size(file)), Files.readString(file));
        }
      }
      assertThat(files)
          .isEqualTo(
              Map.of(
                  "in/file", "third!",
                  "theirs", "theirs",
                  "theirs.conflict-target-X4", "mine",
                  "theirs.conflict-target-X10", "mine again",
                  "file.conflict-target-X4", "late"));
      assertThat(Files.getLastModifiedTime(folder.resolve("in/file")).toInstant())
          .isEqualTo(java.time.Instant.ofEpochSecond(1_600_000_006, 5));
    }
  }

  @Test
  void eachEdit_isMadeOnce_afterACrashAnywhere() {
    CrashPoints.Report report = CrashPoints.enumerate(Working::new, 3);
    assertThat(report.operations()).isGreaterThan(30);
  }
}
