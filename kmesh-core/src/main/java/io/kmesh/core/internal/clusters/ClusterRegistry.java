// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Cluster;
import io.kmesh.ClusterPlan;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.Clusters;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.ProvisionedCluster;
import io.kmesh.SpecConflictException;
import io.kmesh.Stores;
import io.kmesh.core.internal.clusters.provision.Attachments;
import io.kmesh.core.internal.clusters.provision.Provisioning;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.engine.KmeshConfiguration;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The attached clusters by name, and those that providers made. Thread-safe. */
public final class ClusterRegistry implements Clusters, AutoCloseable {
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");

  private final Stores stores;
  private final KmeshTime time;
  private final TaskStarter starter;
  private final Consumer<String> attached;
  private final ClusterTasks tasks;
  private final Provisioning provisioning;
  private final Mounts mounts;
  private final OpenedMounts opened;
  private final Map<String, AttachedCluster> clusters = new ConcurrentSkipListMap<>();

  /**
   * A registry without clusters.
   *
   * @param attached told of each name that is attached, so that its parked operations go on
   */
  public ClusterRegistry(
      KmeshConfiguration configuration,
      Stores stores,
      KmeshTime time,
      Observers observers,
      TaskStarter starter,
      Consumer<String> attached) {
    this.stores = stores;
    this.time = time;
    this.starter = starter;
    this.attached = attached;
    this.tasks = ClusterTasks.of(this);
    this.provisioning =
        new Provisioning(
            configuration.state(), configuration.clouds(), time, starter, attachments());
    this.mounts = new Mounts(provisioning, time, observers);
    this.opened = new OpenedMounts(configuration.classLoaderOrNull());
  }

  private Attachments attachments() {
    return new Attachments() {
      @Override
      public boolean isAttached(String name) {
        return clusters.containsKey(name);
      }

      @Override
      public Cluster open(String name) {
        return opened(name);
      }

      @Override
      public void detach(String name) {
        clusters.remove(name);
        mounts.close(name);
      }
    };
  }

  /** The kinds of operations that clusters have. */
  public List<LongTask<?>> tasks() {
    List<LongTask<?>> all = new ArrayList<>(tasks.all());
    all.addAll(provisioning.tasks());
    return all;
  }

  @Override
  public Cluster attach(String name, LustreBinding lustre) {
    requireName("attach", name);
    if (!clusters.containsKey(name) && provisioning.isProvisioned(name)) {
      throw new SpecConflictException(
          "Cannot attach "
              + lustre.description()
              + " as \""
              + name
              + "\": that name stands for a cluster that a provider makes. Choose another name, or"
              + " call find(..).",
          List.of("lustre"));
    }
    return attachHere(name, lustre);
  }

  @Override
  public Cluster attach(String name, Path mountPoint) {
    requireName("attach", name);
    return opened.attach(name, mountPoint, lustre -> attach(name, lustre));
  }

  private static void requireName(String verb, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot "
              + verb
              + " the cluster \""
              + name
              + "\": a name is 1 to 64 of a-z 0-9 . _ -. Choose such a name.");
    }
  }

  private Cluster attachHere(String name, LustreBinding lustre) {
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
    Optional<Cluster> known = Optional.ofNullable(clusters.get(name));
    return known.isPresent() || !NAME.matcher(name).matches()
        ? known
        : mounts.find(name).map(lustre -> attachHere(name, lustre));
  }

  /** The cluster of a name that a provider made; a failure says why it can't be opened. */
  private Cluster opened(String name) {
    Cluster known = clusters.get(name);
    return known != null ? known : attachHere(name, mounts.open(name));
  }

  @Override
  public List<Cluster> list() {
    return new ArrayList<>(clusters.values());
  }

  @Override
  public List<ProvisionedCluster> provisioned() {
    return provisioning.list();
  }

  @Override
  public ClusterPlan planCreate(String name, ClusterSpec spec) {
    requireName("create", name);
    return provisioning.planCreate(name, spec);
  }

  @Override
  public Operation<ProvisionedCluster> create(String name, ClusterSpec spec) {
    requireName("create", name);
    return provisioning.create(name, spec);
  }

  @Override
  public Operation<ProvisionedCluster> ensure(String name, ClusterSpec spec) {
    requireName("ensure", name);
    return provisioning.ensure(name, spec);
  }

  @Override
  public ClusterPlan planResize(String name, ClusterShape shape) {
    return provisioning.planResize(name, shape);
  }

  @Override
  public ClusterPlan planDelete(String name) {
    List<String> more = new ArrayList<>();
    AttachedCluster here = clusters.get(name);
    if (here != null) {
      DataSize used = DataSize.ZERO;
      for (TargetUsage target : here.targets()) {
        used = target.kind() == TargetUsage.Kind.OST ? used.plus(target.used()) : used;
      }
      more.add(used + " of data that are on it now");
    }
    long running = ClusterPaths.read(() -> unfinished(name));
    if (running > 0) {
      more.add("what " + running + " operations of its HSM are about, which have not ended");
    }
    return provisioning.planDelete(name, more);
  }

  private long unfinished(String name) throws IOException {
    long count = 0;
    for (LongTask<?> task : tasks.all()) {
      count +=
          starter.unfinished(task).stream()
              .filter(spec -> spec.path("cluster").asText().equals(name))
              .count();
    }
    return count;
  }

  /** Closes what was opened here: mount points, and clusters that providers made. */
  @Override
  public void close() {
    mounts.close();
    opened.close();
  }

  AttachedCluster attached(String name) {
    find(name); // one that a provider made is opened by that
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
