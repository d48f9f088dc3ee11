// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Clusters;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.SpecConflictException;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.tiering.Tiering;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/** Policies in the state, and their plans. Thread-safe. */
public final class TieringService implements Tiering {
  private static final String KIND = "tiering.policy";
  private static final int MOST_POLICIES = 10_000;

  private final StateStore state;
  private final Clusters clusters;
  private final KmeshTime time;
  private final TaskStarter starter;
  private final PlanStore plans;
  private final ApplyTask applyTask;
  private final Object applying = new Object();

  /** The service of a state. */
  public TieringService(
      StateStore state, Clusters clusters, Stores stores, KmeshTime time, TaskStarter starter) {
    this.state = state;
    this.clusters = clusters;
    this.time = time;
    this.starter = starter;
    this.plans = new PlanStore(state);
    this.applyTask = new ApplyTask(clusters, stores, plans, time);
  }

  /** The kinds of operations that tiering has. */
  public List<LongTask<?>> tasks() {
    return List.of(applyTask);
  }

  /**
   * Forgets the steps of plans that no operation needs any more, and of those whose operation was
   * never accepted because the process died before.
   *
   * @return how many records went
   */
  public long tidy() throws IOException {
    synchronized (applying) {
      Set<String> needed = new HashSet<>();
      for (ObjectNode spec : starter.unfinished(applyTask)) {
        needed.add(ApplyTask.plan(spec));
      }
      return plans.forgetOthers(needed);
    }
  }

  @Override
  public TieringPolicy ensure(String name, Consumer<TieringPolicy.Builder> options) {
    TieringPolicy.Builder builder = TieringPolicy.builder(name);
    options.accept(builder);
    TieringPolicy wanted = built(builder);
    Optional<TieringPolicy> present = find(name);
    if (present.isEmpty()) {
      keep(wanted, StateChange.ABSENT);
      return wanted;
    }
    if (present.get().equals(wanted)) {
      return present.get();
    }
    List<String> fields = differences(present.get(), wanted);
    throw new SpecConflictException(
        "Cannot make the tiering policy \""
            + name
            + "\": one of that name differs in "
            + String.join(", ", fields)
            + ". Call replace(..), or choose another name.",
        fields);
  }

  private static TieringPolicy built(TieringPolicy.Builder builder) {
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  private static List<String> differences(TieringPolicy one, TieringPolicy other) {
    ObjectNode a = PolicyJson.write(one);
    ObjectNode b = PolicyJson.write(other);
    TreeSet<String> names = new TreeSet<>();
    a.fieldNames().forEachRemaining(names::add);
    b.fieldNames().forEachRemaining(names::add);
    names.removeIf(n -> a.path(n).equals(b.path(n)));
    return new ArrayList<>(names);
  }

  @Override
  public TieringPolicy replace(TieringPolicy policy) {
    keep(policy, StateChange.ANY);
    return policy;
  }

  private void keep(TieringPolicy policy, long expected) {
    try {
      state.apply(
          List.of(
              new StateChange.Put(
                  key(policy.name()), "", PolicyJson.FORMAT, PolicyJson.encode(policy), expected)));
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  @Override
  public Optional<TieringPolicy> find(String name) {
    try {
      Optional<StateRecord> record = state.find(key(name));
      return record.isEmpty()
          ? Optional.empty()
          : Optional.of(PolicyJson.decode(name, record.get().payload()));
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public List<TieringPolicy> list() {
    try {
      List<TieringPolicy> policies = new ArrayList<>();
      for (StateRecord record : state.scan(KIND, "", "", MOST_POLICIES)) {
        policies.add(PolicyJson.decode(record.key().id(), record.payload()));
      }
      return policies;
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void delete(String name) {
    try {
      state.apply(List.of(new StateChange.Delete(key(name), StateChange.ANY)));
      plans.end(name);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  @Override
  public TieringPlan plan(String name) {
    return plan(
        find(name)
            .orElseThrow(
                () ->
                    new KmeshException(
                        ErrorKind.NOT_FOUND,
                        "Cannot plan \""
                            + name
                            + "\": there is no such tiering policy. Call"
                            + " ensure(..) first.")));
  }

  @Override
  public TieringPlan plan(TieringPolicy policy) {
    try {
      Instant now = time.now();
      return new PlannedTiering(policy, now, planner(policy, now).plan(), means);
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  private Planner planner(TieringPolicy policy, Instant now) throws IOException {
    LustreBinding lustre =
        clusters
            .find(policy.cluster())
            .orElseThrow(
                () ->
                    new KmeshException(
                        ErrorKind.NOT_FOUND,
                        "Cannot plan \""
                            + policy.name()
                            + "\": the cluster \""
                            + policy.cluster()
                            + "\" is not attached. Attach it."))
            .lustre();
    return new Planner(lustre, policy, now, plans.isUnderWay(policy.name()));
  }

  private final PlannedTiering.Means means =
      new PlannedTiering.Means() {
        @Override
        public String explain(PlannedTiering plan, PathBytes path) {
          try {
            return planner(plan.policy(), plan.time()).explain(path);
          } catch (IOException e) {
            throw KmeshException.ofRead(e);
          }
        }

        @Override
        public Operation<TieringReport> apply(PlannedTiering plan) {
          String id = UUID.randomUUID().toString();
          // Else a plan between the writing of its steps and its operation would be tidied away.
          synchronized (applying) {
            try {
              int chunks = plans.keep(id, plan.steps());
              return starter.start(
                  applyTask, ApplyTask.spec(plan.policy(), id, chunks, plan.steps().size()));
            } catch (IOException e) {
              throw KmeshException.ofMutation(e);
            }
          }
        }
      };

  private static RecordKey key(String name) {
    return new RecordKey(KIND, name);
  }
}
