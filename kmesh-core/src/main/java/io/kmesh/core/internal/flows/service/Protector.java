// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProtection;
import io.kmesh.flows.FlowSpec;
import io.kmesh.snapshots.Schedule;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.spi.ErrorKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Takes the snapshots that protect flows, by the API of snapshots. Thread-safe. */
final class Protector {
  /** The flow's own, which a restore is not to bring back. */
  private static final List<String> OWN = List.of(".kmesh-flow-*", ".kmesh~*");

  private final Snapshots snapshots;

  Protector(Snapshots snapshots) {
    this.snapshots = snapshots;
  }

  /** What is written in a generation of a flow. */
  private static Endpoint written(FlowSpec spec, long generation) {
    return (generation % 2 == 0 ? Side.TARGET : Side.SOURCE).of(spec);
  }

  /**
   * Refuses what can't be protected.
   *
   * @throws KmeshException UNSUPPORTED when nothing that it writes can be
   */
  static void requireProtectable(FlowSpec spec) {
    if (spec.protection().isEmpty()) {
      return;
    }
    if (!(spec.mode() instanceof FlowMode.Async) && !(spec.mode() instanceof FlowMode.Sync)) {
      throw refused(
          spec,
          "only a synchronous or asynchronous one has a direction to be switched, and a target that"
              + " it alone writes. Make a snapshot policy for its ends");
    }
    if (spec.source() instanceof Endpoint.ObjectPrefix
        || spec.target() instanceof Endpoint.ObjectPrefix) {
      throw refused(
          spec,
          "they are taken of directories, not of what is below a prefix of an object store. Leave"
              + " out protect(..)");
    }
    if (spec.protection().get().schedule().isEmpty() && EndMatrix.turnRefusal(spec).isPresent()) {
      throw refused(
          spec,
          "its direction can't be switched, so none would ever be taken. Give times with at(..), or"
              + " leave it out");
    }
    if (spec.protection().get().schedule().isPresent()
        && spec.target() instanceof Endpoint.SitePath) {
      throw refused(
          spec,
          spec.target() + " is at another site. Make a snapshot policy there, or leave out at(..)");
    }
  }

  private static KmeshException refused(FlowSpec spec, String why) {
    return new KmeshException(
        ErrorKind.UNSUPPORTED,
        "Cannot protect a flow from "
            + spec.source()
            + " to "
            + spec.target()
            + " by snapshots: "
            + why
            + ".");
  }

  /**
   * Takes a snapshot of the end that the next generation writes.
   *
   * @throws KmeshException when it is not whole in time
   */
  void beforeSwitch(String name, FlowRecord flow, FlowSpec spec, Duration limit) {
    Optional<FlowProtection> wanted = spec.protection();
    if (wanted.isEmpty()) {
      return;
    }
    Endpoint end = written(spec, flow.generation() + 1);
    String what =
        "Cannot switch the direction of the data flow \""
            + name
            + "\": no snapshot of "
            + end
            + " could be taken before it is written: ";
    if (end instanceof Endpoint.SitePath) {
      throw new KmeshException(
          ErrorKind.UNSUPPORTED,
          what + "it is at another site. Take one there, and make the flow without protect(..).");
    }
    try {
      snapshots
          .take(
              "flow-" + name,
              end,
              s -> {
                s.into(wanted.get().repository()).tag(FlowProtection.TAG, flow.id());
                OWN.forEach(s::exclude);
              })
          .await(limit);
    } catch (KmeshException e) {
      throw new KmeshException(
          e.kind(), what + e.getMessage() + " Mend that, and switch again.", e);
    }
  }

  /** Has what is written now be protected by the schedule, and nothing else. */
  void follow(FlowRecord flow, FlowSpec spec) {
    Optional<FlowProtection> wanted = spec.protection().filter(p -> p.schedule().isPresent());
    Endpoint end = written(spec, flow.generation());
    if (wanted.isEmpty() || end instanceof Endpoint.SitePath) {
      forget(flow, spec);
      return;
    }
    SnapshotPolicy.Builder policy =
        SnapshotPolicy.builder(policy(flow))
            .of(end)
            .into(wanted.get().repository())
            .tag(FlowProtection.TAG, flow.id())
            .schedule(
                Schedule.cron(wanted.get().schedule().orElseThrow().text())
                    .in(wanted.get().zone()));
    OWN.forEach(policy::exclude);
    SnapshotPolicy next = policy.build();
    Optional<SnapshotPolicy> before = snapshots.policies().find(next.name());
    if (before.isEmpty()) {
      snapshots.ensure(next);
    } else if (!before.get().equals(next)) {
      snapshots.policies().replace(next);
    }
  }

  private static String policy(FlowRecord flow) {
    return "flow-" + flow.id();
  }

  /** Takes no more; what was taken stays. */
  void forget(FlowRecord flow, FlowSpec spec) {
    if (spec.protection().isPresent() && snapshots.policies().find(policy(flow)).isPresent()) {
      snapshots.policies().delete(policy(flow));
    }
  }

  /** What was taken. */
  List<Snapshot> points(FlowRecord flow, FlowSpec spec) {
    return spec.protection()
        .map(p -> snapshots.list(q -> q.in(p.repository()).tag(FlowProtection.TAG, flow.id())))
        .orElse(List.of());
  }
}
