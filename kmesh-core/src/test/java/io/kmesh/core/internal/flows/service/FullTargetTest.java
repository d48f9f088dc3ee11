// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a barrier says while an end has no room for a file, and when it has. */
class FullTargetTest {
  private static final int MOST_STEPS = 100;

  private final ManualTime time = ManualTime.startingAt(Instant.now().plusSeconds(60));
  private EngineSite source;
  private EngineSite target;
  private Pair way;

  @BeforeEach
  void open(@TempDir Path dir) throws IOException {
    Random ids = new Random(1);
    source = new EngineSite(dir.resolve("end0"), 0, MergePolicy.KEEP_BOTH, time, ids);
    FaultPlan full = FaultPlan.on("write").fail(2, Errno.ENOSPC);
    target =
        new EngineSite(
            dir.resolve("end1"),
            1,
            MergePolicy.KEEP_BOTH,
            time,
            ids,
            tree -> FaultyTree.of(tree, full, time));
    source.open();
    target.open();
    way = new Pair(source.replica, "end0", target.replica, "end1");
  }

  @AfterEach
  void close() throws IOException {
    way.close();
    source.close();
    target.close();
  }

  private CompletableFuture<Void> barrier() throws Exception {
    CompletableFuture<Void> done = source.replica.barrier(PathBytes.EMPTY);
    for (int i = 0; i < MOST_STEPS && !done.isDone(); i++) {
      time.advance(Duration.ofMillis(10));
      source.replica.step();
      target.replica.step();
    }
    return done;
  }

  @Test
  void barrier_fails_whileTheFileIsAskedForAgain_andPasses_whenItIsThere() throws Exception {
    Files.writeString(source.folder.resolve("file"), "bytes");
    assertThat(barrier()).isCompletedExceptionally();
    time.advance(Duration.ofSeconds(11)); // asked for again, and in vain
    assertThat(barrier()).isCompletedExceptionally();
    for (int i = 0; i < 5; i++) { // what was young is looked at once more
      time.advance(Duration.ofSeconds(1));
      source.replica.step();
      target.replica.step();
    }
    long known = source.lastSeq();
    assertThat(target.folder.resolve("file")).doesNotExist();
    time.advance(Duration.ofSeconds(11));
    for (int i = 0; i < MOST_STEPS && !Files.exists(target.folder.resolve("file")); i++) {
      source.replica.step();
      target.replica.step();
    }
    assertThat(target.folder.resolve("file")).hasContent("bytes");
    assertThat(barrier()).isCompleted();
    assertThat(source.lastSeq()).isEqualTo(known);
    assertThat(way.broken()).isEmpty();
  }
}
