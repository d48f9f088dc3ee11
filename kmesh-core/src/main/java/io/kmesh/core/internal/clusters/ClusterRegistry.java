// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Cluster;
import io.kmesh.Clusters;
import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The attached clusters by name. Thread-safe. */
public final class ClusterRegistry implements Clusters {
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");

  private final Stores stores;
  private final KmeshTime time;
  private final TaskStarter starter;
  private final Consumer<String> attached;
  private final ClusterTasks tasks;
  private final Map<String, AttachedCluster> clusters = new ConcurrentSkipListMap<>();

  /**
   * A registry without clusters.
   *
   * @param attached told of each name that is attached, so that its parked operations go on
   */
  public ClusterRegistry(
      Stores stores, KmeshTime time, TaskStarter starter, Consumer<String> attached) {
    this.stores = stores;
    this.time = time;
    this.starter = starter;
    this.attached = attached;
    this.tasks = ClusterTasks.of(this);
  }

  /** The kinds of operations that clusters have. */
  public List<LongTask<?>> tasks() {
    return tasks.all();
  }

  @Override
  public Cluster attach(String name, LustreBinding lustre) {
    if (!NAME.matcher(name).matches()) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot attach the cluster \""
              + name
              + "\": a name is 1 to 64 of a-z 0-9 . _ -. Choose such a name.");
    }
    AttachedCluster cluster =
        clusters.computeIfAbsent(
            name, n -> new AttachedCluster(n, lustre, stores, time, starter, tasks));
    if (cluster.lustre() != lustre) {
      throw new SpecConflictException(
          "Cannot attach "
              + lustre.description()
              + " as \""
              + name
              + "\": that name stands for "
              + cluster.lustre().description()
              + ". Choose another name.",
          List.of("lustre"));
    }
    attached.accept(name);
    return cluster;
  }

  @Override
  public Optional<Cluster> find(String name) {
    return Optional.ofNullable(clusters.get(name));
  }

  @Override
  public List<Cluster> list() {
    return new ArrayList<>(clusters.values());
  }

  AttachedCluster attached(String name) {
    AttachedCluster cluster = clusters.get(name);
    if (cluster == null) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot use the cluster \""
              + name
              + "\": it is not attached in this process. Call"
              + " clusters().attach(\""
              + name
              + "\", ..).");
    }
    return cluster;
  }
}
