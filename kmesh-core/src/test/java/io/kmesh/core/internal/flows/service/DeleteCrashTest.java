// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.json.HostileJson;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateStore;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ends the process before and after each write of the state while a flow is deleted: the next
 * process has it, and deletes it, or has none; in the end no base, no cache and no record is left.
 */
class DeleteCrashTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;

  private enum Mode {
    ASYNC,
    MASTERS,
    ACCESS
  }

  private static FlowSpec spec(Mode mode, Path top) {
    FlowSpec.Builder spec =
        FlowSpec.builder()
            .from(Endpoint.directory(top.resolve("a")))
            .to(Endpoint.directory(top.resolve("b")))
            .scanPause(Duration.ofMillis(50));
    return switch (mode) {
      case ASYNC -> spec.async().build();
      case MASTERS -> spec.multiMaster(ConflictPolicy.newest()).build();
      case ACCESS -> spec.access().build();
    };
  }

  private static Kmesh open(StateStore state, Path top) {
    return Kmesh.builder().state(state).flowFolder(top.resolve("flows")).build();
  }

  @Tag("crash")
  @ParameterizedTest
  @CsvSource({
    "ASYNC,BEFORE",
    "ASYNC,AFTER",
    "MASTERS,BEFORE",
    "MASTERS,AFTER",
    "ACCESS,BEFORE",
    "ACCESS,AFTER"
  })
  void processThatEnds_leavesNothingBehind(Mode mode, EndingState.Side side) throws Exception {
    int crashes = 0;
    for (boolean hasCrashed = true; hasCrashed; ) {
      Path top = Files.createDirectory(dir.resolve("run" + crashes));
      hasCrashed = run(mode, top, crashes + 1, side);
      crashes += hasCrashed ? 1 : 0;
    }
    assertThat(crashes).isGreaterThanOrEqualTo(2); // the flow, and what says that files are left
  }

  private static boolean run(Mode mode, Path top, int at, EndingState.Side side)
      throws IOException {
    Path a = Files.createDirectory(top.resolve("a"));
    Path b = Files.createDirectory(top.resolve("b"));
    Files.writeString(a.resolve("one"), "one");
    MemoryState state = MemoryState.create(RunningTime.instance());
    boolean hasCrashed = false;
    EndingState ending = new EndingState(state, at, side);
    Kmesh kmesh = open(ending, top);
    try {
      DataFlow flow = kmesh.dataFlows().ensure("job", spec(mode, top)).start();
      flow.awaitInSync(LIMIT);
      if (mode == Mode.ACCESS) {
        assertThat(flow.fileSystem().getPath("/one")).hasContent("one");
      }
      flow.stop();
      assertThat(left(top)).isNotEmpty();
      ending.arm();
      flow.delete();
    } catch (EndingState.Crash e) {
      hasCrashed = true;
    } finally {
      close(kmesh);
    }
    String what = mode + " " + side + " " + at;
    StateStore after = state.reopen();
    try (Kmesh next = open(after, top)) {
      next.dataFlows().find("job").ifPresent(DataFlow::delete);
      assertThat(next.dataFlows().list()).as(what).isEmpty();
      assertThat(left(top)).as(what).isEmpty();
      for (String kind : List.of("flow.spec", "flow.run", "flow.gone", "flow.lent")) {
        assertThat(after.scan(kind, "", "", 10)).as(what).isEmpty();
      }
    }
    assertThat(a.resolve("one")).hasContent("one");
    if (mode != Mode.ACCESS) {
      assertThat(b.resolve("one")).hasContent("one");
    }
    return hasCrashed;
  }

  /** Bases, caches, and folders of the flow's own in its trees, in which nothing is users' here. */
  private static List<Path> left(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(
              path -> {
                Path below = top.relativize(path);
                return (below.startsWith("flows") && below.getNameCount() > 1)
                    || path.getFileName().toString().startsWith(".kmesh");
              })
          .toList();
    }
  }

  private static void close(Kmesh kmesh) {
    try {
      kmesh.close();
    } catch (EndingState.Crash | RuntimeException e) {
      // its state is gone, as are its threads
    }
  }

  private static final String GONE =
      "{\"format\":0,\"run\":{\"format\":0,\"id\":\"00112233445566778899aabbccddeeff\","
          + "\"wanted\":\"STOPPED\",\"generation\":1},\"spec\":{\"format\":0,\"source\":"
          + "{\"directory\":\"/a\"},\"target\":{\"directory\":\"/b\"},\"mode\":{\"async\":"
          + "{\"lagBound\":\"PT5M\"}},\"changelogUsers\":{},\"scanPause\":\"PT30S\","
          + "\"deleteGuard\":{\"entries\":1000,\"percent\":10.0}}}";

  @Test
  void whatIsKeptOfAGoneFlow_isTheGoldenVector_andReadsBack() throws Exception {
    GoneFlow gone =
        new GoneFlow(
            new FlowRecord("00112233445566778899aabbccddeeff", Wanted.STOPPED, 1),
            FlowSpec.builder()
                .from(Endpoint.directory(Path.of("/a")))
                .to(Endpoint.directory(Path.of("/b")))
                .async(Duration.ofMinutes(5))
                .build());
    assertThat(new String(gone.encode(), UTF_8)).isEqualTo(GONE);
    assertThat(GoneFlow.decode("f", GONE.getBytes(UTF_8))).isEqualTo(gone);
  }

  @net.jqwik.api.Tag("fuzz")
  @Property(tries = 1_000)
  void damagedRecord_isOneThatReadsBack_orRefused(@ForAll long seed) throws IOException {
    try {
      GoneFlow read = GoneFlow.decode("f", HostileJson.damage(GONE, seed));
      assertThat(GoneFlow.decode("f", read.encode())).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("deleted data flow \"f\"");
    }
  }
}
