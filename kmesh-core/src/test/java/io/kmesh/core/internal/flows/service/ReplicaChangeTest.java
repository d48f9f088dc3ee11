// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody has an engine change is said to be done when no crash takes it back any more. */
class ReplicaChangeTest {
  private static final byte[] KEY = {1};

  private EngineSite site;

  @BeforeEach
  void open(@TempDir Path dir) throws IOException {
    site =
        new EngineSite(
            dir.resolve("end"), 0, MergePolicy.NEWEST, ManualTime.create(), new Random(1));
    site.open();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private CompletableFuture<Void> change() {
    return site.replica.change(() -> site.base().area('Z').put(KEY, KEY));
  }

  private boolean isThere() throws IOException {
    return site.base().area('Z').get(KEY) != null;
  }

  @Test
  void change_isDone_whenItIsDurable() throws Exception {
    CompletableFuture<Void> done = change();
    assertThat(done).isNotDone();
    site.replica.step();
    assertThat(done).isCompleted();
    site.kill();
    site.open();
    assertThat(isThere()).isTrue();
  }

  @Test
  void change_isNotDone_whenTheProcessEndsBeforeItIsDurable() throws Exception {
    CompletableFuture<Void> done = change();
    CompletableFuture<Void> unused =
        site.replica.call(
            () -> {
              assertThat(isThere()).isTrue();
              throw new SimulatedCrash("before the commit");
            });
    assertThatThrownBy(() -> site.replica.step()).isInstanceOf(SimulatedCrash.class);
    assertThat(done).isNotDone();
    site.replica.close();
    assertThat(done).isCompletedExceptionally();
    site.kill();
    site.open();
    assertThat(isThere()).isFalse();
  }
}
