// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Durability;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.Receipt;
import io.kmesh.Stores;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ArchiveSpec;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** HSM of one cluster. Thread-safe. */
final class LustreHsmService implements Hsm {
  private static final Duration FIRST_POLL = Duration.ofMillis(2);
  private static final Duration LAST_POLL = Duration.ofSeconds(2);
  private static final Duration LONGEST_WAIT = Duration.ofDays(3650);

  private final String cluster;
  private final LustreBinding lustre;
  private final Stores stores;
  private final Proofs proofs;
  private final KmeshTime time;
  private final TaskStarter starter;
  private final ClusterTasks tasks;

  LustreHsmService(
      String cluster,
      LustreBinding lustre,
      Stores stores,
      Proofs proofs,
      KmeshTime time,
      TaskStarter starter,
      ClusterTasks tasks) {
    this.cluster = cluster;
    this.lustre = lustre;
    this.stores = stores;
    this.proofs = proofs;
    this.time = time;
    this.starter = starter;
    this.tasks = tasks;
  }

  @Override
  public Operation<Receipt> archive(PathBytes path, Consumer<ArchiveSpec.Builder> options) {
    return startArchive(tasks.archive(), path, options);
  }

  @Override
  public Operation<HsmReport> archiveTree(PathBytes path, Consumer<ArchiveSpec.Builder> options) {
    return startArchive(tasks.archiveTree(), path, options);
  }

  private <T> Operation<T> startArchive(
      LongTask<T> task, PathBytes path, Consumer<ArchiveSpec.Builder> options) {
    ArchiveSpec.Builder builder = ArchiveSpec.DEFAULT.toBuilder();
    options.accept(builder);
    ArchiveSpec spec = builder.build();
    String store = spec.durability() == Durability.LOCAL ? "" : storeOf(spec);
    return start(task, path, store, spec.durability());
  }

  private String storeOf(ArchiveSpec spec) {
    List<String> names = stores.names();
    String store = spec.store().orElse(names.size() == 1 ? names.get(0) : "");
    if (!names.contains(store)) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot archive to "
              + (store.isEmpty() ? "a store that is not named" : "the store \"" + store + "\"")
              + ": this Kmesh has the stores "
              + names
              + ". Name one of them with to(..).");
    }
    return store;
  }

  private <T> Operation<T> start(
      LongTask<T> task, PathBytes path, String store, Durability durability) {
    return starter.start(
        task, new HsmSpecs(cluster, ClusterPaths.normal(path), store, durability).write());
  }

  @Override
  public Operation<HsmReport> recall(PathBytes path) {
    return start(tasks.recall(), path, "", Durability.LOCAL);
  }

  @Override
  public Operation<HsmReport> release(PathBytes path) {
    return start(tasks.release(), path, "", Durability.LOCAL);
  }

  @Override
  public Operation<HsmReport> remove(PathBytes path) {
    return start(tasks.remove(), path, "", Durability.LOCAL);
  }

  @Override
  public void cancel(PathBytes path) {
    ClusterPaths.mutate(
        () -> {
          lustre
              .hsm()
              .request(HsmRequest.of(HsmActionKind.CANCEL, ArchiveId.ANY, List.of(fid(path))));
          return path;
        });
  }

  @Override
  public HsmState state(PathBytes path) {
    return ClusterPaths.read(() -> lustre.hsm().state(fid(path)));
  }

  @Override
  public CurrentAction currentAction(PathBytes path) {
    return ClusterPaths.read(() -> lustre.hsm().currentAction(fid(path)));
  }

  @Override
  public HsmState await(PathBytes path, Predicate<HsmState> condition, Duration limit) {
    Fid fid = fid(path);
    long start = time.nanoTime();
    long most = (limit.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : limit).toNanos();
    Duration pause = FIRST_POLL;
    while (true) {
      HsmState state = ClusterPaths.read(() -> lustre.hsm().state(fid));
      if (condition.test(state)) {
        return state;
      }
      if (state.has(HsmFlag.LOST)) {
        throw new KmeshException(
            ErrorKind.CORRUPT,
            "Cannot wait for "
                + path
                + " of "
                + cluster
                + ": its copy is marked LOST ("
                + state
                + "). Bring it back from another copy.");
      }
      long left = most - (time.nanoTime() - start);
      if (left <= 0) {
        throw new KmeshTimeoutException(
            "Cannot wait for "
                + path
                + " of "
                + cluster
                + " any longer: after "
                + limit
                + " its state is "
                + state
                + ". Wait longer, or look at the copytool.");
      }
      sleep(pause.compareTo(Duration.ofNanos(left)) < 0 ? pause : Duration.ofNanos(left));
      pause = pause.multipliedBy(2).compareTo(LAST_POLL) < 0 ? pause.multipliedBy(2) : LAST_POLL;
    }
  }

  private void sleep(Duration pause) {
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KmeshException(
          ErrorKind.CANCELLED, "Cannot go on waiting: the thread was interrupted.", e);
    }
  }

  @Override
  public Optional<Receipt> receipt(PathBytes path) {
    return ClusterPaths.<Optional<StoredReceipt>>read(
            () -> proofs.remote(ClusterPaths.normal(path), fid(path)))
        .map(receipt -> receipt);
  }

  private Fid fid(PathBytes path) {
    return ClusterPaths.read(() -> lustre.identity().fid(ClusterPaths.normal(path)));
  }
}
