// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.json.HostileJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowSpec;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * The bodies of questions and answers between two sites, JOIN to LOOK of
 * docs/format/flow-control.md, when they are damaged or made to harm. Those about caches are in
 * {@link HostedMessagesTest}, GRANTS in the tests of grants.
 */
class ControlBodiesFuzzTest {
  private static final FlowSpec SPEC =
      FlowSpec.builder()
          .from(Endpoint.at("lab", "data/job42"))
          .to(Endpoint.at("burst", "data/job42"))
          .multiMaster(ConflictPolicy.newest())
          .build();
  private static final JoinJson.Join JOIN =
      new JoinJson.Join(
          "job42", Side.TARGET, 3, SPEC, new MasterGroup("00112233445566778899aabbccddeeff", 0, 2));
  private static final EndStatus STATUS =
      new EndStatus(
          true,
          1,
          Duration.ofNanos(2),
          Duration.ofNanos(3),
          Duration.ofNanos(4),
          5,
          6,
          7,
          "why",
          List.of(new FlowProblem("a", "b")),
          "gone",
          true);
  private static final ConflictPage PAGE =
      new ConflictPage(
          List.of(
              new FlowConflict(
                  "0011223344556677",
                  FlowConflict.Kind.CONTENT,
                  "a/file",
                  "target",
                  "source",
                  "newest",
                  "source",
                  ".kmesh-flow-f/displaced/1",
                  Instant.ofEpochMilli(1_700_000_000_123L))),
          "0102");

  /** How one kind is read and written. */
  @FunctionalInterface
  private interface Read<T> {
    T of(ObjectNode json) throws IOException;
  }

  private record Sample<T>(T value, Read<T> read, Function<T, ObjectNode> write) {}

  private static final List<Sample<?>> ALL =
      List.of(
          new Sample<>(JOIN, JoinJson::read, JoinJson::write),
          new Sample<>(STATUS, EndStatusJson::read, EndStatusJson::write),
          new Sample<>(PAGE, MasterJson::readPage, MasterJson::writePage),
          new Sample<>(300L, MasterJson::readPlace, MasterJson::writePlace),
          new Sample<>(
              List.of(PathBytes.of("a/b"), PathBytes.EMPTY), LookedAt::read, LookedAt::write),
          new Sample<>(PathBytes.of("a/b"), LookedAt::path, LookedAt::write));

  @Test
  void wholeBodies_readBack() throws IOException {
    for (Sample<?> sample : ALL) {
      assertReadsBack(sample);
    }
    assertThat(JOIN.spec().mode()).isInstanceOf(FlowMode.MultiMaster.class);
  }

  private static <T> void assertReadsBack(Sample<T> sample) throws IOException {
    assertThat(sample.read().of(sample.write().apply(sample.value()))).isEqualTo(sample.value());
  }

  @Tag("fuzz")
  @Property(tries = 2_000)
  void damagedBody_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 5) int which, @ForAll long seed) throws IOException {
    assertReadOrRefused(ALL.get(which), seed);
  }

  private static <T> void assertReadOrRefused(Sample<T> sample, long seed) throws IOException {
    String whole = new String(SpecJson.encode(sample.write().apply(sample.value())), UTF_8);
    ObjectNode body;
    try {
      if (!(SpecJson.tree(HostileJson.damage(whole, seed)) instanceof ObjectNode object)) {
        return; // refused by the line, as what is no JSON
      }
      body = object;
    } catch (IOException e) {
      return;
    }
    try {
      T read = sample.read().of(body);
      assertThat(sample.read().of(sample.write().apply(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("Cannot ");
    }
  }
}
