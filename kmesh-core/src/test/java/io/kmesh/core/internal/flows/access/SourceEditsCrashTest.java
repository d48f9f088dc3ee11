// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.grants.SensitivePaths;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Edits;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Message.Action;
import io.kmesh.core.internal.flows.replica.Message.Expected;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
  private static final long OTHER = 9;
  private static final String OLD = "the old bytes";
  private static final String NEW = "the new bytes, of which there are more";

  @TempDir private Path directory;
  private int worlds;

  private static SourceEdits edits(PosixTree tree) throws IOException {
    FlowBase base = FlowBase.open(new MemoryOrdered(), 1);
    LiveSource source =
        new LiveSource(
            new Inspector(
                base,
                PosixLiveTree.open(tree, PathBytes.EMPTY),
                DeleteGuard.DEFAULT,
                Concurrent.HERE_WINS,
                RunningTime.instance()),
            Optional.empty(),
            Duration.ofHours(1),
            RunningTime.instance(),
            found -> {});
    return new SourceEdits("f", tree, base, source, SensitivePaths.NONE, () -> {});
  }

  private static final Channel CHANNEL =
      new Channel() {
        @Override
        public String site() {
          return "burst";
        }

        @Override
        public void send(byte[] message) {}

        @Override
        public void sendBulk(byte[] message) {}

        @Override
        public void abort(String reason) {}
      };

  private static Message.Edit edit(
      long number, Action action, String path, String other, long first, long second) {
    return new Message.Edit(
        number,
        action,
        PathBytes.of(path),
        PathBytes.of(other),
        Expected.ANY,
        NodeId.ROOT,
        Dot.NONE,
        0,
        new FileTime(0, 0),
        first,
        second,
        new byte[0]);
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
      edits.edit(CHANNEL, OTHER, edit);
      List<Edits.Answer> answers = edits.step();
      assertThat(answers).hasSize(1);
      assertThat(answers.get(0).edited().outcome()).isEqualTo(Message.Outcome.DONE);
      made++;
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(real, point);
      SourceEdits edits = edits(crashable);
      byte[] bytes = NEW.getBytes(StandardCharsets.UTF_8);
      for (int i = bytes.length - 1; i >= 0; i -= 19) {
        int from = Math.max(0, i - 18);
        edits
            .contents()
            .data(
                NodeId.ROOT,
                new Dot(OTHER, 1),
                bytes.length,
                from,
                ByteBuffer.wrap(bytes, from, i + 1 - from));
      }
      make(edits, edit(1, Action.WRITE, "file", "", bytes.length, 0600));
      make(edits, edit(2, Action.MAKE_DIRECTORY, "made", "", 0700, 0));
      make(edits, edit(3, Action.RENAME, "file", "made/moved", 0, 0));
      make(edits, edit(4, Action.DELETE, "made/moved", "", 0, 0));
      edits.close();
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashable.crash(seed);
      try (real) {
        edits(real);
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
