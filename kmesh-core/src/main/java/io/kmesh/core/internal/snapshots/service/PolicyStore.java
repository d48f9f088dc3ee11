// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Policies in the state, each with where it stands. Thread-safe. */
final class PolicyStore {
  static final String POLICY = "snapshot.policy";
  static final String STANDING = "snapshot.policy-standing";

  private static final int PAGE = 1000;

  private final StateStore state;

  PolicyStore(StateStore state) {
    this.state = state;
  }

  /**
   * A policy as it is kept.
   *
   * @param version of the record of its standing
   */
  record Kept(SnapshotPolicy policy, PolicyStanding standing, long version) {}

  /** Names, of unreadable policies too. */
  List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(POLICY, "", after, PAGE);
      page.forEach(record -> names.add(record.key().id()));
      if (page.size() < PAGE) {
        return names;
      }
      after = names.get(names.size() - 1);
    }
  }

  Optional<Kept> find(String name) throws IOException {
    Optional<StateRecord> policy = state.find(new RecordKey(POLICY, name));
    Optional<StateRecord> standing = state.find(new RecordKey(STANDING, name));
    return policy.isEmpty() || standing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Kept(
                PolicyJson.decode(name, policy.get().payload()),
                PolicyJson.decodeStanding(name, standing.get().payload()),
                standing.get().version()));
  }

  /** Keeps a policy that is new. */
  void create(SnapshotPolicy policy, Instant now) throws IOException {
    state.apply(
        List.of(
            put(policy, StateChange.ABSENT),
            standing(policy.name(), PolicyStanding.since(now), StateChange.ABSENT)));
  }

  /** Keeps a policy in place of one. */
  void replace(Kept kept, SnapshotPolicy policy, PolicyStanding standing) throws IOException {
    state.apply(
        List.of(put(policy, StateChange.ANY), standing(policy.name(), standing, kept.version())));
  }

  void delete(String name) throws IOException {
    state.apply(
        List.of(
            new StateChange.Delete(new RecordKey(POLICY, name), StateChange.ANY),
            new StateChange.Delete(new RecordKey(STANDING, name), StateChange.ANY)));
  }

  /** Writes where a policy stands, unless somebody else did since it was read. */
  void stand(Kept kept, PolicyStanding standing) throws IOException {
    state.apply(List.of(change(kept, standing)));
  }

  /** The change that writes where a policy stands. */
  static StateChange change(Kept kept, PolicyStanding standing) {
    return standing(kept.policy().name(), standing, kept.version());
  }

  private static StateChange put(SnapshotPolicy policy, long expected) {
    return new StateChange.Put(
        new RecordKey(POLICY, policy.name()),
        "",
        PolicyJson.FORMAT,
        PolicyJson.encode(policy),
        expected);
  }

  private static StateChange standing(String name, PolicyStanding standing, long expected) {
    return new StateChange.Put(
        new RecordKey(STANDING, name),
        "",
        PolicyJson.FORMAT,
        PolicyJson.encode(standing),
        expected);
  }
}
