// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.flows.BarrierOutcome;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode.Sync.OnTimeout;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What writers of a synchronous flow are promised, with the other site there and away. */
class SyncFlowTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path dir;
  private TwoSites sites;
  private String address;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    address = sites.burst.sites().listening().orElseThrow();
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private DataFlow flow(Duration timeout, OnTimeout onTimeout) {
    DataFlow flow =
        sites
            .lab
            .dataFlows()
            .ensure(
                "sync",
                f ->
                    f.from(Endpoint.directory(sites.here))
                        .to(Endpoint.at("burst", "data/job"))
                        .sync(timeout, onTimeout)
                        .scanPause(Duration.ofHours(1)));
    flow.start().awaitInSync(LIMIT);
    return flow;
  }

  private static FlowWriter write(DataFlow flow, String path, String text) throws Exception {
    FlowWriter writer = flow.openForWriting(path);
    writer.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    return writer;
  }

  @Test
  void closedWriter_meansThatTheOtherSideHasIt() throws Exception {
    DataFlow flow = flow(LIMIT, OnTimeout.FAIL);
    for (int i = 0; i < 5; i++) {
      FlowWriter writer = write(flow, "file", "version " + i);
      String before = "version " + (i - 1);
      if (i > 0) {
        assertThat(sites.here.resolve("file")).hasContent(before);
      }
      writer.close();
      assertThat(writer.outcome()).isEqualTo(BarrierOutcome.DURABLE);
      assertThat(sites.there.resolve("file")).hasContent("version " + i);
    }
    write(flow, "dropped", "never seen").discard();
    try (Stream<Path> left = Files.list(sites.here)) {
      assertThat(left).containsExactly(sites.here.resolve("file"));
    }
    Files.writeString(sites.here.resolve("by others"), "too");
    assertThat(flow.barrier("by others")).isEqualTo(BarrierOutcome.DURABLE);
    assertThat(sites.there.resolve("by others")).hasContent("too");
  }

  @Test
  void failingFlow_failsWhileTheOtherSideIsAway_andFollowsLater() throws Exception {
    DataFlow flow = flow(SHORT, OnTimeout.FAIL);
    sites.burst.close();
    assertThatThrownBy(() -> write(flow, "file", "text").close())
        .isInstanceOf(KmeshTimeoutException.class)
        .hasMessageContaining("file");
    assertThat(sites.here.resolve("file")).hasContent("text");
    assertThat(flow.status().state()).isEqualTo(FlowState.WAITING);
    sites.burst = sites.openBurst(address);
    flow.awaitInSync(LIMIT);
    assertThat(sites.there.resolve("file")).hasContent("text");
  }

  @Test
  void blockingFlow_returnsWhenTheOtherSideIsBack() throws Exception {
    DataFlow flow = flow(SHORT, OnTimeout.BLOCK);
    sites.burst.close();
    FlowWriter writer = write(flow, "file", "text");
    CompletableFuture<Void> closed =
        CompletableFuture.runAsync(
            () -> {
              try {
                writer.close();
              } catch (java.io.IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThatThrownBy(() -> flow.awaitInSync(SHORT.multipliedBy(3)))
        .isInstanceOf(KmeshTimeoutException.class);
    assertThat(closed).isNotDone();
    sites.burst = sites.openBurst(address);
    closed.get(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    assertThat(sites.there.resolve("file")).hasContent("text");
    assertThat(writer.outcome()).isEqualTo(BarrierOutcome.DURABLE);
  }

  @Test
  void degradingFlow_letsWritersGoOn_andSaysSo() throws Exception {
    DataFlow flow = flow(SHORT, OnTimeout.DEGRADE);
    sites.burst.close();
    FlowWriter writer = write(flow, "file", "text");
    writer.close();
    assertThat(writer.outcome()).isEqualTo(BarrierOutcome.DEGRADED);
    assertThat(flow.status().state()).isEqualTo(FlowState.DEGRADED);
    sites.burst = sites.openBurst(address);
    flow.awaitInSync(LIMIT);
    assertThat(flow.barrier("file")).isEqualTo(BarrierOutcome.DURABLE);
    assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
    assertThat(sites.there.resolve("file")).hasContent("text");
  }

  @Test
  void writerOfAnAsynchronousFlow_orAtTheTarget_isRefused() {
    DataFlow flow = sites.push().start();
    assertThatThrownBy(() -> flow.openForWriting("file"))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("is not synchronous");
    assertThatThrownBy(() -> flow.barrier("file")).hasMessageContaining("is not synchronous");
  }
}
