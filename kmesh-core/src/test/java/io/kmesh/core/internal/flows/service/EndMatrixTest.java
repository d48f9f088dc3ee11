// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.flows.service.EndMatrix.Kind;
import io.kmesh.core.internal.flows.service.EndMatrix.Mode;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.path.PathBytes;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pair of ends in every mode, against the table of docs/flows.md. */
class EndMatrixTest {
  private static final String TO = "flows.to.snapshot";
  private static final String FROM = "flows.from.snapshot";
  private static final String[] NONE_TO_IT = {TO, TO, TO, TO};
  private static final String[] ONE_WAY = {"", FROM, FROM, FROM};

  private static final String[] NONE_TO_COPY = {
    "flows.to.copy", "flows.to.copy", "flows.to.copy", "flows.to.copy"
  };
  private static final String MASTERS = "flows.objects.masters";
  private static final String ACCESS = "flows.objects.access";
  private static final String[] TO_OBJECTS = {"", "", MASTERS, ACCESS};
  private static final String[] FROM_OBJECTS = {"", "flows.from.objects", MASTERS, ACCESS};

  private static final String[] FROM_COPY = {"", "", "flows.from.copy", "flows.from.copy"};

  /** Rows: the source; columns: the target. What is refused, by the capability that is missing. */
  private static final String[][][] TABLE = {
    // to a directory, a Lustre, another site, a snapshot, a virtual copy, objects: async, sync,
    // multiMaster, access
    {{"", "", "", ""}, {"", "", "", ""}, {"", "", "", ""}, NONE_TO_IT, NONE_TO_COPY, TO_OBJECTS},
    {{"", "", "", ""}, {"", "", "", ""}, {"", "", "", ""}, NONE_TO_IT, NONE_TO_COPY, TO_OBJECTS},
    {
      {"", "", "", ""}, {"", "", "", ""}, {"3", "3", "3", "3"}, NONE_TO_IT, NONE_TO_COPY, TO_OBJECTS
    },
    {ONE_WAY, ONE_WAY, ONE_WAY, NONE_TO_IT, NONE_TO_COPY, ONE_WAY},
    {FROM_COPY, FROM_COPY, FROM_COPY, NONE_TO_IT, NONE_TO_COPY, FROM_COPY},
    {FROM_OBJECTS, FROM_OBJECTS, FROM_OBJECTS, NONE_TO_IT, NONE_TO_COPY, FROM_OBJECTS},
  };

  private static final List<Kind> KINDS = List.of(Kind.values());
  private static final List<Mode> MODES = List.of(Mode.values());

  static Stream<Arguments> pairs() {
    return Stream.of(Kind.values())
        .flatMap(
            source ->
                Stream.of(Kind.values())
                    .flatMap(
                        target ->
                            Stream.of(Mode.values())
                                .map(mode -> Arguments.of(source, target, mode))));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void eachPair_inEachMode_isJoined_orRefusedWithTheReason(Kind source, Kind target, Mode mode) {
    String expected = TABLE[KINDS.indexOf(source)][KINDS.indexOf(target)][MODES.indexOf(mode)];
    String capability = expected.equals("3") ? "flows.third-party" : expected;
    FlowSpec spec =
        FlowSpec.builder().from(end(source, "a")).to(end(target, "b")).mode(mode(mode)).build();
    assertThat(Kind.of(spec.source())).isEqualTo(source);
    assertThat(Mode.of(spec.mode())).isEqualTo(mode);
    try (Kmesh kmesh = Kmesh.builder().state(MemoryState.create(ManualTime.create())).build()) {
      if (capability.isEmpty()) {
        assertThat(kmesh.dataFlows().ensure("flow", spec).spec()).isEqualTo(spec);
      } else {
        assertThatThrownBy(() -> kmesh.dataFlows().ensure("flow", spec))
            .isInstanceOfSatisfying(
                UnsupportedCapabilityException.class,
                e -> assertThat(e.capability()).isEqualTo(capability))
            .hasMessageContaining("Cannot join " + spec.source() + " and " + spec.target())
            .hasMessageMatching(".*: [a-z].*\\. (Make|Call) .*\\.");
        assertThat(kmesh.dataFlows().find("flow")).isEmpty();
      }
    }
  }

  @Test
  void endsOfWhichOneIsInTheOther_areRefused() {
    for (Kind kind : Kind.values()) {
      FlowSpec spec = FlowSpec.builder().from(end(kind, "a")).to(end(kind, "a/below")).build();
      String expected =
          switch (kind) {
            case SITE -> "flows.third-party";
            case SNAPSHOT -> TO;
            case VIRTUAL_COPY -> "flows.to.copy";
            default -> "flows.overlap";
          };
      assertThat(EndMatrix.refusal(spec).map(EndMatrix.Refusal::capability)).contains(expected);
    }
  }

  private static Endpoint end(Kind kind, String name) {
    return switch (kind) {
      case DIRECTORY -> Endpoint.directory(Path.of("/data/" + name));
      case LUSTRE -> new Endpoint.LustrePath("lab", PathBytes.of(name));
      case SITE -> Endpoint.at("burst", "data/" + name);
      case SNAPSHOT ->
          Endpoint.snapshot("repo", "0123456789abcd" + (name.equals("a") ? "ef" : "00"));
      case VIRTUAL_COPY ->
          Endpoint.virtualCopy("repo", "0123456789abcd" + (name.equals("a") ? "ef" : "00"));
      case OBJECTS -> Endpoint.objects("bucket", name);
    };
  }

  private static FlowMode mode(Mode mode) {
    return switch (mode) {
      case ASYNC -> FlowMode.Async.DEFAULT;
      case SYNC -> new FlowMode.Sync(Duration.ofSeconds(1), FlowMode.Sync.OnTimeout.FAIL);
      case MULTI_MASTER -> new FlowMode.MultiMaster(ConflictPolicy.newest());
      case ACCESS -> FlowMode.Access.DEFAULT;
    };
  }
}
