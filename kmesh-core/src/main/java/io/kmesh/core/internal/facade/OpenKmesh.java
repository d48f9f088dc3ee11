// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Clusters;
import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.Operations;
import io.kmesh.Stores;
import io.kmesh.core.internal.clusters.ClusterRegistry;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.agent.SiteService;
import io.kmesh.core.internal.flows.placement.PlacementBook;
import io.kmesh.core.internal.flows.placement.PlacementGate;
import io.kmesh.core.internal.flows.service.FlowService;
import io.kmesh.core.internal.flows.service.PrefixTrees;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.core.internal.observe.LogObserver;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.operations.OperationHandler;
import io.kmesh.core.internal.operations.OperationJournal;
import io.kmesh.core.internal.operations.OperationRunner;
import io.kmesh.core.internal.repositories.HostName;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.core.internal.snapshots.service.RepositoryService;
import io.kmesh.core.internal.snapshots.service.SnapshotParts;
import io.kmesh.core.internal.snapshots.service.SnapshotService;
import io.kmesh.core.internal.tiering.TieringService;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.engine.StorePace;
import io.kmesh.flows.DataFlows;
import io.kmesh.placement.Placements;
import io.kmesh.repository.Repositories;
import io.kmesh.sites.SiteCertificate;
import io.kmesh.sites.Sites;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.snapshots.VirtualCopies;
import io.kmesh.spi.engine.KmeshConfiguration;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.tiering.Tiering;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An open Kmesh. Thread-safe. */
final class OpenKmesh implements Kmesh, TaskStarter {
  private static final int MOST_OPERATIONS = 32;
  private static final int MOST_WAITING = 100_000;
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final StoreRegistry stores;
  private final ClusterRegistry clusters;
  private final TieringService tiering;
  private final NamedRepositories namedRepositories;
  private final RepositoryService repositories;
  private final SnapshotService snapshots;
  private final PlacementBook placement;
  private final SiteService sites;
  private final FlowService flows;
  private final ThreadPoolExecutor policyThreads;
  private final ThreadPoolExecutor threads;
  private final OperationJournal journal;
  private final OperationRunner operations;
  private final Housekeeping housekeeping;
  private final Map<LongTask<?>, OperationHandler<?>> handlers = new HashMap<>();

  /** All that use a store share its pace. */
  private static List<KmeshConfiguration.NamedStore> paced(
      List<KmeshConfiguration.NamedStore> stores, KmeshTime time, Observers observers) {
    return stores.stream()
        .map(
            s ->
                new KmeshConfiguration.NamedStore(
                    s.name(), StorePace.DEFAULT.over(s.store(), time, observers), s.archiveId()))
        .toList();
  }

  private OpenKmesh(KmeshConfiguration configuration) {
    KmeshTime time = configuration.time().orElse(SystemTime.INSTANCE);
    Observers observers = new Observers(time, List.of(new LogObserver(), configuration.observer()));
    this.stores =
        StoreRegistry.open(configuration.state(), paced(configuration.stores(), time, observers));
    this.clusters =
        new ClusterRegistry(configuration, stores, time, observers, this, name -> resume());
    this.tiering = new TieringService(configuration.state(), clusters, stores, time, this);
    this.namedRepositories =
        new NamedRepositories(
            configuration.repositories(),
            stores,
            time,
            observers,
            configuration.repositoryCacheOrNull());
    String host = HostName.find();
    this.policyThreads = KmeshThreads.bounded("policy", 1, MOST_WAITING);
    this.repositories = new RepositoryService(namedRepositories, time, host, this);
    Endpoints endpoints = new Endpoints(clusters, configuration.classLoaderOrNull());
    this.snapshots =
        new SnapshotService(
            new SnapshotParts(
                configuration.state(),
                namedRepositories,
                endpoints,
                time,
                host,
                configuration.quiesceHooks(),
                this),
            repositories,
            policyThreads,
            observers);
    this.placement = new PlacementBook(configuration.state(), time, this::self);
    PlacementGate gate = new PlacementGate(placement, configuration.state(), observers);
    PrefixTrees prefixes = new PrefixTrees(stores::find, time);
    this.sites =
        new SiteService(
            configuration.site(),
            configuration.state(),
            gate,
            endpoints,
            prefixes,
            configuration.flowFolderOrNull(),
            time,
            observers);
    this.flows =
        new FlowService(
            configuration.state(),
            endpoints.with(snapshots),
            prefixes,
            configuration.flowFolderOrNull(),
            time,
            observers,
            sites,
            gate,
            snapshots);
    sites.hostBy(flows.hosting());
    List<LongTask<?>> tasks = new ArrayList<>(clusters.tasks());
    tasks.addAll(tiering.tasks());
    tasks.addAll(repositories.tasks());
    tasks.addAll(snapshots.tasks());
    for (LongTask<?> task : tasks) {
      handlers.put(task, new TaskHandler<>(task, name -> clusters.find(name).isPresent()));
    }
    this.threads = KmeshThreads.bounded("operation", MOST_OPERATIONS, MOST_WAITING);
    this.journal = new OperationJournal(configuration.state(), time, new SplittableRandom());
    this.operations =
        new OperationRunner(journal, time, observers, threads, new ArrayList<>(handlers.values()));
    this.housekeeping =
        new Housekeeping(
            time,
            threads,
            observers,
            List.of(
                () -> journal.forgetEndedBefore(time.now().minus(configuration.keepEnded())),
                tiering::tidy,
                snapshots::tidy,
                sites::tidy));
  }

  static Kmesh open(KmeshConfiguration configuration) {
    OpenKmesh kmesh = new OpenKmesh(configuration);
    try {
      kmesh.resume();
      kmesh.housekeeping.start();
      kmesh.snapshots.start();
    } catch (RuntimeException e) {
      kmesh.close();
      throw e;
    }
    return kmesh;
  }

  private Optional<String> self() {
    return sites.self().map(SiteCertificate::site);
  }

  private void resume() {
    operations.resume();
    snapshots.wake();
    sites.start();
    flows.resume();
  }

  /** Each task has one handler of its own type. */
  @SuppressWarnings("unchecked")
  private <T> @Nullable OperationHandler<T> handler(LongTask<T> task) {
    return (OperationHandler<T>) handlers.get(task);
  }

  @Override
  public <T> Operation<T> start(
      LongTask<T> task, ObjectNode spec, Function<OperationId, List<StateChange>> with) {
    OperationHandler<T> handler = handler(task);
    if (handler == null) {
      throw new IllegalArgumentException(
          "Cannot start an operation of the type " + task.type() + ": it is not known here.");
    }
    return operations.start(handler, spec, "", with);
  }

  @Override
  public <T> Optional<Operation<T>> find(LongTask<T> task, OperationId id) {
    return operations.find(id, task.resultType());
  }

  @Override
  public List<ObjectNode> unfinished(LongTask<?> task) throws IOException {
    return journal.unfinished(task.type());
  }

  @Override
  public Placements placement() {
    return placement;
  }

  @Override
  public Clusters clusters() {
    return clusters;
  }

  @Override
  public Stores stores() {
    return stores;
  }

  @Override
  public Tiering tiering() {
    return tiering;
  }

  @Override
  public Repositories repositories() {
    return repositories;
  }

  @Override
  public Snapshots snapshots() {
    return snapshots;
  }

  @Override
  public VirtualCopies virtualCopies() {
    return snapshots.virtualCopies();
  }

  @Override
  public DataFlows dataFlows() {
    return flows;
  }

  @Override
  public Sites sites() {
    return sites;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public void close() {
    flows.close();
    sites.close();
    snapshots.stop();
    housekeeping.close();
    operations.close();
    threads.shutdown();
    policyThreads.shutdown();
    // A thaw that is under way must not be done behind who opens the same state next.
    KmeshThreads.awaitEnd(policyThreads, CLOSING);
    snapshots.close();
    namedRepositories.close();
    clusters.close();
  }
}
