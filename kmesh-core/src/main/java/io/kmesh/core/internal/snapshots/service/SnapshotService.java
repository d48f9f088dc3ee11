// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.core.internal.endpoints.StoredTrees;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.PathGlob;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.fs.ChunkCache;
import io.kmesh.core.internal.snapshots.fs.SnapshotFiles;
import io.kmesh.core.internal.snapshots.retention.Retained;
import io.kmesh.core.internal.snapshots.retention.Retention;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.ForgetPlan;
import io.kmesh.snapshots.RetentionDecision;
import io.kmesh.snapshots.RetentionPlan;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotCut;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.snapshots.SnapshotMatch;
import io.kmesh.snapshots.SnapshotPolicies;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotQuery;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.snapshots.VirtualCopies;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** The snapshots of a Kmesh. Thread-safe. */
public final class SnapshotService implements Snapshots, StoredTrees, AutoCloseable {
  private static final long CACHE = 64L << 20;

  private final SnapshotParts parts;
  private final RepositoryTasks repositoryTasks;
  private final RestorePlans plans;
  private final TakeTask take;
  private final QuiesceHooks hooks;
  private final CutTask cut;
  private final Executor executor;
  private final PolicyRunTask policyRun;
  private final PolicyScheduler scheduler;
  private final PolicyService policies;
  private final ChunkCache cache = new ChunkCache(CACHE);
  private final SnapshotMeans means = new Means();
  private final CopyService copies;
  private final SnapshotLooks looks;

  /**
   * The service over repositories.
   *
   * @param executor where policies are looked at; looking does not last
   */
  public SnapshotService(
      SnapshotParts parts, RepositoryService repositories, Executor executor, Observers observers) {
    this.parts = parts;
    this.repositoryTasks = repositories.repositoryTasks();
    this.plans = new RestorePlans(parts);
    this.copies = new CopyService(parts, cache);
    SnapshotReports reports = new SnapshotReports(means);
    this.take = new TakeTask(parts, means, reports.snapshot());
    this.looks = new SnapshotLooks(parts, means, null);
    this.hooks = new QuiesceHooks(parts, observers);
    this.cut = new CutTask(parts, means, hooks, reports.cut());
    this.executor = executor;
    this.policyRun = new PolicyRunTask(parts, take, this, reports.policyRun());
    PolicyStore policyStore = new PolicyStore(parts.state());
    this.scheduler = new PolicyScheduler(parts, policyStore, policyRun, executor, observers::event);
    this.policies = new PolicyService(parts, policyStore, scheduler);
  }

  /** Begins to run policies; thaws what a process that was killed left frozen. */
  public void start() {
    executor.execute(hooks::thawLeft);
    scheduler.start();
  }

  /** Looks at policies soon, since more is attached. */
  public void wake() {
    scheduler.wake();
  }

  /** Runs no more policies. */
  public void stop() {
    scheduler.close();
  }

  private final class Means implements SnapshotMeans {
    @Override
    public SnapshotParts parts() {
      return parts;
    }

    @Override
    public RestorePlans plans() {
      return plans;
    }

    @Override
    public RepositoryTasks repositoryTasks() {
      return repositoryTasks;
    }

    @Override
    public FileSystem fileSystem(OpenSnapshot snapshot, String repository) {
      return SnapshotFiles.of(snapshot, repository, cache);
    }
  }

  /** The virtual copies of the snapshots. */
  public VirtualCopies virtualCopies() {
    return copies;
  }

  /** The kinds of operations that snapshots and their copies have. */
  public List<LongTask<?>> tasks() {
    List<LongTask<?>> tasks = new ArrayList<>(copies.longTasks());
    tasks.addAll(List.of(take, cut, plans.task(), policyRun));
    return tasks;
  }

  /**
   * Forgets what no operation needs any more, and thaws what could not be thawed before.
   *
   * @return how many records went
   */
  public long tidy() throws IOException {
    hooks.thawLeft();
    return plans.tidy() + copies.tidy();
  }

  @Override
  public Operation<Snapshot> take(String name, SnapshotSpec spec) {
    return parts.starter().start(take, takeSpec(name, spec));
  }

  @Override
  public Operation<SnapshotCut> takeTogether(String name, SnapshotCutSpec spec) {
    for (String hook : spec.hooks()) {
      if (!hooks.names().contains(hook)) {
        throw new KmeshException(
            ErrorKind.NOT_FOUND,
            "Cannot quiesce by \""
                + hook
                + "\": this Kmesh knows the hooks "
                + hooks.names()
                + ". Name it on the builder with quiesceHook(..).");
      }
    }
    List<SnapshotSpec> sites =
        spec.sites().stream().map(site -> site.toBuilder().into(usable(site)).build()).toList();
    return parts
        .starter()
        .start(
            cut,
            CutTask.spec(
                name,
                new SnapshotCutSpec(
                    sites, spec.hooks(), spec.hookDeadline(), spec.frozenDeadline())));
  }

  @Override
  public SnapshotPolicy ensure(SnapshotPolicy policy) {
    requireGlobs(policy.snapshot());
    return policies.ensure(policy);
  }

  @Override
  public SnapshotPolicies policies() {
    return policies;
  }

  private static void requireGlobs(SnapshotSpec spec) {
    for (String glob : spec.excludes()) {
      try {
        PathGlob.of(glob);
      } catch (IllegalArgumentException e) {
        throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
      }
    }
  }

  private ObjectNode takeSpec(String name, SnapshotSpec spec) {
    return TakeTask.spec(name, usable(spec), spec);
  }

  /** The repository that a snapshot goes to. What is wrong with it is said now, not later. */
  private String usable(SnapshotSpec spec) {
    String repository = spec.repository().orElseGet(parts::only);
    requireGlobs(spec);
    Calls.read(() -> parts.repositories().open(repository));
    return repository;
  }

  @Override
  public Snapshots as(Caller caller) {
    return new CallerSnapshots(new SnapshotLooks(parts, means, caller), caller);
  }

  @Override
  public List<Snapshot> list(SnapshotQuery query) {
    return looks.list(query);
  }

  @Override
  public Optional<Snapshot> find(String repository, String text) {
    return looks.find(repository, text);
  }

  @Override
  public void findEntries(String glob, SnapshotQuery in, Consumer<SnapshotMatch> visitor) {
    looks.findEntries(glob, in, visitor);
  }

  @Override
  public PosixTree open(Endpoint.SnapshotTree snapshot) throws IOException {
    OpenSnapshot open;
    try {
      open = parts.store(snapshot.repository()).open(snapshot.id());
    } catch (ProviderException e) {
      throw new ProviderException(
          e.kind(),
          "Cannot read "
              + snapshot
              + ": "
              + (e.kind() == ErrorKind.NOT_FOUND
                  ? "there is none; it may have been forgotten. What was copied of it stays where it"
                      + " is. Make a flow from another one, or copy it back from another"
                      + " repository. ("
                      + e.getMessage()
                      + ")"
                  : e.getMessage()),
          e);
    }
    return SnapshotFiles.tree(open, snapshot.toString(), cache);
  }

  @Override
  public PosixTree open(Endpoint.VirtualCopyTree copy) throws IOException {
    return copies.engine().tree(copy);
  }

  @Override
  public ForgetPlan planForget(RetentionPolicy policy, SnapshotQuery among) {
    String repository = among.repository().orElseGet(parts::only);
    List<Retained> all = new ArrayList<>();
    for (Snapshot s : list(among.toBuilder().in(repository).build())) {
      all.add(
          new Retained(
              s.id(), s.host() + ":" + s.source(), s.time(), tags(s), !s.holds().isEmpty()));
    }
    return new Forgetting(repository, Retention.plan(all, policy, parts.time().now()));
  }

  /** A tag with a value fits by its name, and by name and value. */
  private static Set<String> tags(Snapshot snapshot) {
    Set<String> tags = new TreeSet<>();
    for (Map.Entry<String, String> tag : snapshot.tags().entrySet()) {
      tags.add(tag.getKey());
      tags.add(tag.getKey() + "=" + tag.getValue());
    }
    return tags;
  }

  private final class Forgetting implements ForgetPlan {
    private final String repository;
    private final RetentionPlan plan;

    Forgetting(String repository, RetentionPlan plan) {
      this.repository = repository;
      this.plan = plan;
    }

    @Override
    public String repository() {
      return repository;
    }

    @Override
    public RetentionPlan plan() {
      return plan;
    }

    @Override
    public List<String> apply() {
      List<String> ids = plan.forgotten().stream().map(RetentionDecision::snapshot).toList();
      return Calls.mutate(
          () -> {
            SnapshotStore store = parts.store(repository);
            Set<String> there = new TreeSet<>(store.list().stream().map(Head.Root::id).toList());
            if (!ids.isEmpty()) {
              store.forget(ids);
            }
            return ids.stream().filter(there::contains).toList();
          });
    }

    @Override
    public String toString() {
      return plan.toString();
    }
  }

  /** Drops what file systems keep in memory. */
  @Override
  public void close() {
    cache.close();
  }
}
