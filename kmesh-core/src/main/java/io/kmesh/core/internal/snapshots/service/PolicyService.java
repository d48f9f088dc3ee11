// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.core.internal.snapshots.schedule.DueRuns;
import io.kmesh.core.internal.snapshots.schedule.ScheduleClock;
import io.kmesh.snapshots.SnapshotPolicies;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotPolicyStatus;
import io.kmesh.snapshots.SnapshotPolicyStatus.Mode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.state.StateConflictException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Snapshot policies in the state. Thread-safe. */
final class PolicyService implements SnapshotPolicies {
  private final SnapshotParts parts;
  private final PolicyStore store;
  private final PolicyScheduler scheduler;

  PolicyService(SnapshotParts parts, PolicyStore store, PolicyScheduler scheduler) {
    this.parts = parts;
    this.store = store;
    this.scheduler = scheduler;
  }

  SnapshotPolicy ensure(SnapshotPolicy policy) {
    requireRepository(policy);
    while (true) {
      Optional<PolicyStore.Kept> there = Calls.read(() -> store.find(policy.name()));
      if (there.isPresent()) {
        requireSame(there.get().policy(), policy);
        return there.get().policy();
      }
      if (isWritten(() -> store.create(policy, parts.time().now()))) {
        scheduler.wake();
        return policy;
      }
    }
  }

  private void requireRepository(SnapshotPolicy policy) {
    String repository = policy.snapshot().repository().orElseGet(parts::only);
    if (!parts.repositories().isKnown(repository)) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot make the snapshot policy \""
              + policy.name()
              + "\": this Kmesh knows the repositories "
              + parts.repositories().names()
              + ", not \""
              + repository
              + "\". Name it on the builder with repository(..).");
    }
  }

  private static void requireSame(SnapshotPolicy there, SnapshotPolicy wanted) {
    if (there.equals(wanted)) {
      return;
    }
    List<String> fields = new ArrayList<>();
    differences("", PolicyJson.write(there), PolicyJson.write(wanted), fields);
    throw new SpecConflictException(
        "Cannot make the snapshot policy \""
            + wanted.name()
            + "\": one of that name differs in "
            + String.join(", ", fields)
            + ". Call policies().replace(..), or choose another name.",
        fields);
  }

  private static void differences(String prefix, JsonNode a, JsonNode b, List<String> fields) {
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode one : List.of(a, b)) {
      for (Iterator<String> it = one.fieldNames(); it.hasNext(); ) {
        names.add(it.next());
      }
    }
    for (String name : names) {
      JsonNode left = a.path(name);
      JsonNode right = b.path(name);
      if (prefix.isEmpty() && left instanceof ObjectNode && right instanceof ObjectNode) {
        differences(name + ".", left, right, fields);
      } else if (!left.equals(right)) {
        fields.add(prefix + name);
      }
    }
  }

  /** A write that may conflict. */
  @FunctionalInterface
  private interface Write {
    void run() throws IOException;
  }

  /** Writes, unless somebody else wrote since. */
  private static boolean isWritten(Write write) {
    return Calls.mutate(
        () -> {
          try {
            write.run();
            return true;
          } catch (StateConflictException e) {
            return false;
          }
        });
  }

  @Override
  public List<SnapshotPolicy> list() {
    return Calls.read(
        () -> {
          List<SnapshotPolicy> all = new ArrayList<>();
          for (String name : store.names()) {
            store.find(name).ifPresent(kept -> all.add(kept.policy()));
          }
          return all;
        });
  }

  @Override
  public Optional<SnapshotPolicy> find(String name) {
    return Calls.read(() -> store.find(name)).map(PolicyStore.Kept::policy);
  }

  @Override
  public SnapshotPolicy replace(SnapshotPolicy policy) {
    requireRepository(policy);
    boolean isDone = false;
    while (!isDone) {
      Optional<PolicyStore.Kept> there = Calls.read(() -> store.find(policy.name()));
      Instant now = parts.time().now();
      isDone =
          isWritten(
              () -> {
                if (there.isEmpty()) {
                  store.create(policy, now);
                } else {
                  PolicyStore.Kept kept = there.get();
                  boolean isOnTime = kept.policy().schedule().equals(policy.schedule());
                  store.replace(
                      kept, policy, isOnTime ? kept.standing() : kept.standing().covering(now, 0));
                }
              });
    }
    scheduler.wake();
    return policy;
  }

  @Override
  public SnapshotPolicyStatus status(String name) {
    PolicyStore.Kept kept = require(name);
    PolicyStanding standing = kept.standing();
    return new SnapshotPolicyStatus(
        kept.policy(), standing.mode(), next(kept), standing.last(), standing.missed());
  }

  private @Nullable Instant next(PolicyStore.Kept kept) {
    if (kept.standing().mode() == Mode.PAUSED) {
      return null;
    }
    ScheduleClock clock = ScheduleClock.of(kept.policy().schedule());
    DueRuns due = DueRuns.between(clock, kept.standing().covered(), parts.time().now());
    return due.run().isEmpty() ? due.next().orElse(null) : due.run().get(0);
  }

  private PolicyStore.Kept require(String name) {
    return Calls.read(() -> store.find(name))
        .orElseThrow(
            () ->
                new KmeshException(
                    ErrorKind.NOT_FOUND,
                    "Cannot use the snapshot policy \""
                        + name
                        + "\": there is none of that name. Call ensure(..) first."));
  }

  @Override
  public void pause(String name) {
    change(name, standing -> standing.in(Mode.PAUSED));
  }

  @Override
  public void resume(String name) {
    Instant now = parts.time().now();
    change(
        name,
        standing ->
            standing.mode() == Mode.ACTIVE ? standing : standing.in(Mode.ACTIVE).covering(now, 0));
    scheduler.wake();
  }

  private void change(String name, UnaryOperator<PolicyStanding> change) {
    boolean isDone = false;
    while (!isDone) {
      PolicyStore.Kept kept = require(name);
      PolicyStanding changed = change.apply(kept.standing());
      isDone = changed.equals(kept.standing()) || isWritten(() -> store.stand(kept, changed));
    }
  }

  @Override
  public void delete(String name) {
    Calls.mutate(
        () -> {
          store.delete(name);
          return name;
        });
  }
}
