// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.access.EditSender.Seen;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine stops at each call, and loses what was not synced: the next opening has each edit
 * that was said to be kept and did not end, with its bytes; numbers are given once; what is
 * forgotten at the source is never asked for again.
 */
@Tag("crash")
class BackJournalCrashTest {
  private static final FileTime TIME = new FileTime(1, 2);

  @TempDir private Path directory;
  private int worlds;

  private static BackLog.Edit add(BackJournal journal, String path, long replaced)
      throws IOException {
    byte[] bytes = ("the bytes of " + path).getBytes(StandardCharsets.UTF_8);
    try (Drafts.Draft draft = journal.drafts().begin()) {
      draft.file().write(ByteBuffer.wrap(bytes), 0);
      return journal.add(
          new BackLog.Edit(
              0,
              PathBytes.of(path),
              BackLog.Basis.of(Seen.NOTHING),
              new Content(bytes.length, TIME),
              BackLog.checksum(bytes, bytes.length),
              0600,
              replaced),
          draft);
    }
  }

  private static String read(BackJournal journal, BackLog.Edit edit) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(100);
    try (PosixFile file = journal.bytes(edit.number())) {
      while (file.read(target, target.position()) > 0) {
        // On.
      }
    }
    return new String(target.array(), 0, target.position(), StandardCharsets.UTF_8);
  }

  private final class Working implements CrashPoints.Scenario {
    private final PosixTree real;
    private final Map<Long, String> kept = new HashMap<>();
    private final Set<Long> ended = new HashSet<>();
    private final List<Long> given = new ArrayList<>();
    private @Nullable CrashableTree crashable;
    private long settled;

    Working() {
      try {
        real = JnaPosix.open(Files.createDirectory(directory.resolve("w" + worlds++)));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private long keep(BackJournal journal, String path, long replaced) throws IOException {
      if (replaced != 0) {
        ended.add(replaced); // it may end, and the other not be said to be kept
      }
      long number = add(journal, path, replaced).number();
      kept.put(number, "the bytes of " + path);
      given.add(number);
      settled = Math.max(settled, journal.settled());
      return number;
    }

    private void end(BackJournal journal, long number, String beside) throws IOException {
      ended.add(number);
      journal.done(List.of(new BackLog.Done(number, PathBytes.of("x"), beside, TIME)));
      settled = Math.max(settled, journal.settled());
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(real, point);
      BackJournal journal = BackJournal.open(crashable);
      long one = keep(journal, "one", 0);
      long two = keep(journal, "two", 0);
      end(journal, one, "");
      long three = keep(journal, "two again", two);
      keep(journal, "four", 0);
      end(journal, three, "x.conflict");
      journal.close();
      journal = BackJournal.open(crashable);
      keep(journal, "five", 0);
      journal.resolved(three);
      keep(journal, "six", 0);
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashable.crash(seed);
      try (real;
          BackJournal journal = BackJournal.open(real)) {
        Map<Long, BackLog.Edit> waiting = new HashMap<>();
        for (BackLog.Edit edit : journal.waiting()) {
          waiting.put(edit.number(), edit);
          String bytes = read(journal, edit);
          assertThat(BackLog.checksum(bytes.getBytes(StandardCharsets.UTF_8), bytes.length()))
              .isEqualTo(edit.checksum());
          assertThat(edit.number()).isGreaterThanOrEqualTo(settled);
        }
        for (Map.Entry<Long, String> one : kept.entrySet()) {
          if (!ended.contains(one.getKey())) {
            assertThat(waiting).containsKey(one.getKey());
            assertThat(read(journal, waiting.get(one.getKey()))).isEqualTo(one.getValue());
          }
        }
        long next = add(journal, "next", 0).number();
        assertThat(given).doesNotContain(next);
        assertThat(next).isGreaterThanOrEqualTo(settled);
      }
    }
  }

  @Test
  void whatWasKept_isThereAfterACrashAnywhere() {
    CrashPoints.Report report = CrashPoints.enumerate(Working::new, 3);
    assertThat(report.operations()).isGreaterThan(30);
  }
}
