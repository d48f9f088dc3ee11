// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts the syncs that the kernel sees. */
@Tag("crash")
final class SqliteSyncTest {
  @TempDir private Path directory;

  @Test
  void fsyncs_isWhatTheKernelSees() throws Exception {
    assumeTrue(hasStrace(), "strace is not installed or may not trace");
    long opening = traced("opening", 0);

    // Enough rows for several checkpoints of the log.
    long[] said = new long[1];
    long all = traced("working", 2500, said);

    assertThat(said[0]).isGreaterThan(2500);
    assertThat(all - opening).isEqualTo(said[0]);
  }

  private long traced(String name, int commits) throws IOException, InterruptedException {
    return traced(name, commits, new long[1]);
  }

  private long traced(String name, int commits, long[] said)
      throws IOException, InterruptedException {
    Path trace = directory.resolve(name + ".trace");
    Process child =
        StateChild.command(
                List.of("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", "" + trace),
                directory.resolve(name + ".db").toString(),
                "commit",
                "" + commits)
            .start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).isZero();
    said[0] = Long.parseLong(out.split(" ", -1)[1]);
    assertThat(out).contains("commits " + commits);
    try (Stream<String> lines = Files.lines(trace)) {
      // A call that another thread interrupts stands on two lines.
      return lines.filter(line -> line.contains("sync(")).count();
    }
  }

  private static boolean hasStrace() throws InterruptedException {
    try {
      return new ProcessBuilder("strace", "-o", "/dev/null", "true").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
