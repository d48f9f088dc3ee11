// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.ClusterPlan;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.OperationState;
import io.kmesh.ProvisionedCluster;
import io.kmesh.SpecConflictException;
import io.kmesh.core.internal.clusters.provision.ClusterRecord.Phase;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Clusters that providers make. Thread-safe. */
public final class Provisioning {
  private final ProvisionParts parts;
  private final TaskStarter starter;
  private final CreateTask createTask;
  private final ResizeTask resizeTask;
  private final DeleteTask deleteTask;
  private final ClusterPlans plans;

  /**
   * The provisioning of a state.
   *
   * @param attachments the clusters that are open in this process
   */
  public Provisioning(
      StateStore state,
      List<CloudProvider> clouds,
      KmeshTime time,
      TaskStarter starter,
      Attachments attachments) {
    Map<String, CloudProvider> byName = new TreeMap<>();
    clouds.forEach(cloud -> byName.put(cloud.name(), cloud));
    this.parts =
        new ProvisionParts(
            new ClusterRecords(state), Collections.unmodifiableMap(byName), time, attachments);
    this.starter = starter;
    this.createTask = new CreateTask(parts);
    this.resizeTask = new ResizeTask(parts);
    this.deleteTask = new DeleteTask(parts);
    this.plans = new ClusterPlans(parts);
  }

  /** The kinds of operations that it has. */
  public List<LongTask<?>> tasks() {
    return List.of(createTask, resizeTask, deleteTask);
  }

  /** Whether a name stands for a cluster that a provider makes. */
  public boolean isProvisioned(String name) {
    return read(() -> live(name)).isPresent();
  }

  /** The clusters by name. */
  public List<ProvisionedCluster> list() {
    return read(
        () -> {
          List<ProvisionedCluster> all = new ArrayList<>();
          for (Stored stored : parts.records().list()) {
            CloudZone zone = stored.record().zone();
            if (zone != null) { // else no provider has heard of it
              all.add(StoredCluster.of(stored.record(), zone, parts.attachments()::open));
            }
          }
          return all;
        });
  }

  /**
   * Mounts the cluster of a name; empty when no provider made one.
   *
   * @throws IOException a typed one when it can't be used now, or not here
   */
  public Optional<LustreBinding> mount(String name) throws IOException {
    Optional<Stored> stored = parts.records().find(name);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    ClusterRecord record = stored.get().record();
    if (record.phase() != Phase.READY && record.phase() != Phase.RESIZING) {
      throw ProvisionTask.busy("open", record);
    }
    CloudProvider cloud = parts.cloud(record.spec().provider());
    return Optional.of(cloud.open(cloud.describe(record.resource())));
  }

  /** Starts the creation of a cluster. */
  public Operation<ProvisionedCluster> create(String name, ClusterSpec spec) {
    requireCloud(spec);
    requireFree(name);
    try {
      return start(name, spec);
    } catch (KmeshException e) {
      throw e.kind() == ErrorKind.PRECONDITION ? taken(name) : e;
    }
  }

  private Operation<ProvisionedCluster> start(String name, ClusterSpec spec) {
    CloudToken token = CloudToken.of(UUID.randomUUID());
    return starter.start(
        createTask,
        ProvisionTask.spec(name, token, spec),
        id ->
            List.of(
                parts
                    .records()
                    .added(ClusterRecord.wanted(name, spec, token, id, parts.time().now()))));
  }

  /** Gives what there is of a name and spec, or starts its creation. */
  public Operation<ProvisionedCluster> ensure(String name, ClusterSpec spec) {
    requireCloud(spec);
    while (true) {
      Optional<Stored> found = read(() -> live(name));
      if (found.isPresent()) {
        return existing(found.get().record(), spec);
      }
      requireFree(name);
      try {
        return start(name, spec);
      } catch (KmeshException e) {
        if (e.kind() != ErrorKind.PRECONDITION) {
          throw e;
        }
        continue; // another thread was faster: look at what it asked for
      }
    }
  }

  private Operation<ProvisionedCluster> existing(ClusterRecord record, ClusterSpec spec) {
    List<String> fields = ClusterSpecJson.differences(record.spec(), spec);
    if (!fields.isEmpty()) {
      throw new SpecConflictException(
          "Cannot ensure the cluster \""
              + record.name()
              + "\": the one of that name differs in "
              + String.join(", ", fields)
              + ". Resize it, or choose another name.",
          fields);
    }
    if (record.phase() == Phase.DELETING) {
      throw KmeshException.ofMutation(ProvisionTask.busy("ensure", record));
    }
    return starter
        .find(createTask, record.operation())
        .filter(operation -> tells(operation, record))
        // It was resized since, or its operation is forgotten: a new one ends with what is there.
        .orElseGet(
            () ->
                starter.start(
                    createTask, ProvisionTask.spec(record.name(), record.token(), record.spec())));
  }

  private static boolean tells(Operation<ProvisionedCluster> operation, ClusterRecord record) {
    return operation.state() != OperationState.SUCCEEDED
        || operation.await(Duration.ZERO).spec().equals(record.spec());
  }

  /** Says what a creation would do. */
  public ClusterPlan planCreate(String name, ClusterSpec spec) {
    requireCloud(spec);
    requireFree(name);
    return read(() -> plans.create(name, spec, () -> create(name, spec)));
  }

  /** Says what a resize would do. */
  public ClusterPlan planResize(String name, ClusterShape shape) {
    ClusterRecord record = ready(name, "resize");
    CloudToken change = CloudToken.of(UUID.randomUUID());
    return read(
        () ->
            plans.resize(
                record,
                shape,
                () -> starter.start(resizeTask, ResizeTask.spec(record, change, shape))));
  }

  /**
   * Says what a deletion would do.
   *
   * @param more what else is lost, which its caller knows
   */
  public ClusterPlan planDelete(String name, List<String> more) {
    ClusterRecord record = ready(name, "delete");
    CloudToken change = CloudToken.of(UUID.randomUUID());
    return read(
        () ->
            plans.delete(
                record, more, () -> starter.start(deleteTask, deleteTask.spec(record, change))));
  }

  private ClusterRecord ready(String name, String verb) {
    ClusterRecord record =
        read(() -> live(name))
            .orElseThrow(
                () ->
                    new KmeshException(
                        ErrorKind.NOT_FOUND,
                        "Cannot "
                            + verb
                            + " the cluster \""
                            + name
                            + "\": no provider made one of that name for this state. See"
                            + " clusters().provisioned()."))
            .record();
    if (record.phase() != Phase.READY) {
      throw KmeshException.ofRead(ProvisionTask.busy(verb, record));
    }
    requireCloud(record.spec());
    return record;
  }

  private void requireCloud(ClusterSpec spec) {
    read(() -> parts.cloud(spec.provider()));
  }

  private void requireFree(String name) {
    if (parts.attachments().isAttached(name) || isProvisioned(name)) {
      throw taken(name);
    }
  }

  private static KmeshException taken(String name) {
    return new KmeshException(
        ErrorKind.EXISTS,
        "Cannot create the cluster \""
            + name
            + "\": there is one of that name. Choose another, or call ensure(..).");
  }

  /** The record of a name, unless it is one that nobody will go on with. */
  private Optional<Stored> live(String name) throws IOException {
    Optional<Stored> found = parts.records().find(name);
    if (found.isPresent() && isLeft(found.get())) {
      parts.records().remove(found.get());
      return Optional.empty();
    }
    return found;
  }

  /** An operation that is cancelled before it begins leaves its record, and nothing else. */
  private boolean isLeft(Stored stored) {
    return stored.record().phase() == Phase.WANTED
        && starter
            .find(createTask, stored.record().operation())
            .map(operation -> operation.state().isEnded())
            .orElse(true);
  }

  private static <T> T read(CloudSession.Call<T> call) {
    try {
      return call.make();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }
}
