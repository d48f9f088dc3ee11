// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Cluster;
import io.kmesh.KmeshException;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.HsmGoal;
import io.kmesh.core.internal.hsm.HsmJob;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Changelog;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.lustre.Layouts;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import java.util.ArrayList;
import java.util.List;

/** One attached file system with its services. Thread-safe. */
final class AttachedCluster implements Cluster {
  private final String name;
  private final LustreBinding lustre;
  private final Stores stores;
  private final KmeshTime time;
  private final Proofs proofs;
  private final Hsm hsm;
  private final Layouts layouts;
  private final Changelog changelog;

  AttachedCluster(
      String name,
      LustreBinding lustre,
      Stores stores,
      KmeshTime time,
      TaskStarter starter,
      ClusterTasks tasks) {
    this.name = name;
    this.lustre = lustre;
    this.stores = stores;
    this.time = time;
    FileReceipts receipts = new FileReceipts(lustre);
    this.proofs = new Proofs(name, lustre, stores, receipts, time);
    this.hsm = new LustreHsmService(name, lustre, stores, proofs, time, starter, tasks);
    this.layouts = new LustreLayoutsService(lustre, receipts);
    this.changelog = new LustreChangelogService(lustre);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Hsm hsm() {
    return hsm;
  }

  @Override
  public Layouts layouts() {
    return layouts;
  }

  @Override
  public Changelog changelog() {
    return changelog;
  }

  @Override
  public List<TargetUsage> targets() {
    return ClusterPaths.read(() -> lustre.usage().targets());
  }

  @Override
  public List<PoolUsage> pools() {
    return ClusterPaths.read(() -> lustre.usage().pools());
  }

  @Override
  public List<HsmCoordinator> coordinators() {
    return ClusterPaths.read(
        () -> {
          List<HsmCoordinator> found = new ArrayList<>();
          for (int mdt : lustre.server().mdts()) {
            found.add(lustre.server().coordinator(mdt));
          }
          return found;
        });
  }

  @Override
  public LustreBinding lustre() {
    return lustre;
  }

  Proofs proofs() {
    return proofs;
  }

  HsmJob job(HsmGoal goal, String store, HsmJob.Proof proof, JobContext context) {
    ArchiveId archive =
        store.isEmpty()
            ? ArchiveId.ANY
            : stores
                .archiveId(store)
                .orElseThrow(
                    () ->
                        new KmeshException(
                            ErrorKind.NOT_FOUND,
                            "Cannot archive to the store \""
                                + store
                                + "\": this Kmesh does not know it. Name it on the builder."));
    return new HsmJob(lustre, time, goal, archive, proof, context);
  }
}
