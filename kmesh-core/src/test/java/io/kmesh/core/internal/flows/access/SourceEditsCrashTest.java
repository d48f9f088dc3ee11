// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Message.Action;
import io.kmesh.core.internal.flows.replica.Message.Expected;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The source's machine stops at each call: what was said to be made is there, a file is the old one
 * or the new one, and the next start leaves nothing behind.
 */
@Tag("crash")
class SourceEditsCrashTest {
  private static final String OLD = "the old bytes";
  private static final String NEW = "the new bytes, of which there are more";

  @TempDir private Path directory;
  private int worlds;

  private static Message.Edit edit(
      long number, Action action, String path, String other, long first, long second) {
    return EditedSource.edit(number, action, path, other, Expected.ANY, first, second, new byte[0]);
  }

  private final class Working implements CrashPoints.Scenario {
    private final Path folder;
    private final PosixTree real;
    private @Nullable CrashableTree crashable;
    private int made;

    Working() {
      try {
        folder = Files.createDirectory(directory.resolve("w" + worlds++));
        Files.writeString(folder.resolve("file"), OLD);
        real = JnaPosix.open(folder);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void make(SourceEdits edits, Message.Edit edit) throws IOException {
      assertThat(EditedSource.ask(edits, edit).outcome()).isEqualTo(Message.Outcome.DONE);
      made++;
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(real, point);
      SourceEdits edits = EditedSource.open(crashable, new MemoryOrdered());
      EditedSource.send(edits, 1, NEW);
      make(edits, edit(1, Action.WRITE, "file", "", NEW.length(), 0600));
      make(edits, edit(2, Action.MAKE_DIRECTORY, "made", "", 0700, 0));
      make(edits, edit(3, Action.RENAME, "file", "made/moved", 0, 0));
      make(edits, edit(4, Action.DELETE, "made/moved", "", 0, 0));
      edits.close();
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashable.crash(seed);
      try (real) {
        EditedSource.open(real, new MemoryOrdered());
        Path file = folder.resolve("file");
        Path moved = folder.resolve("made/moved");
        if (made >= 4) {
          assertThat(moved).doesNotExist();
        }
        if (made >= 2) {
          assertThat(folder.resolve("made")).isDirectory();
        }
        if (made >= 1 && made < 3 && Files.exists(file)) {
          assertThat(file).hasContent(NEW);
        }
        if (made == 3 && Files.exists(moved)) {
          assertThat(moved).hasContent(NEW);
        }
        if (made < 3) {
          assertThat(Files.exists(file) || Files.exists(moved)).isTrue();
        }
        if (made == 0) {
          assertThat(Files.readString(file)).isIn(OLD, NEW);
        }
        try (java.util.stream.Stream<Path> all = Files.list(folder)) {
          assertThat(all.map(f -> f.getFileName().toString())).isSubsetOf("file", "made");
        }
      }
    }
  }

  @Test
  void whatWasAnswered_isThereAfterACrashAnywhere() {
    CrashPoints.Report report = CrashPoints.enumerate(Working::new, 3);
    assertThat(report.operations()).isGreaterThan(10);
  }
}
