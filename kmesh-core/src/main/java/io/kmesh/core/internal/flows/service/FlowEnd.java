// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.flows.access.AccessSettings;
import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.access.SourceEdits;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.detect.ChangelogFollower;
import io.kmesh.core.internal.flows.detect.ChangelogHub;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.detect.LustreLiveTree;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.replica.Joining;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.ReplicaIdentity;
import io.kmesh.core.internal.flows.replica.ReplicaThread;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One end of a flow that runs in this process: its tree, its base, its engine. Thread-safe. */
final class FlowEnd implements Closeable {
  private static final int READERS = 4;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Deque<Closeable> open = new ArrayDeque<>();
  private final Replica replica;
  private final FlowBase base;
  private final @Nullable Inspector inspector;
  private final @Nullable SourceWatch source;
  private final @Nullable TreeTarget target;
  private final @Nullable AccessSite access;
  private @Nullable EndConflicts conflicts;
  private @Nullable ReplicaThread thread;

  /** What the end is. */
  enum Role {
    /** Changes are looked for here. */
    SOURCE,
    /** Changes are brought here. */
    TARGET,
    /** Changes are looked for, and brought: the source's end of a multi-master flow. */
    MERGE_SOURCE,
    /** As above, the target's end. */
    MERGE_TARGET;

    boolean isMerge() {
      return this == MERGE_SOURCE || this == MERGE_TARGET;
    }
  }

  private FlowEnd(
      String flow,
      String name,
      Role role,
      FlowSpec spec,
      OpenEndpoint endpoint,
      Path file,
      KmeshTime time,
      Consumer<Drift> drifts)
      throws IOException {
    open.push(endpoint);
    try {
      OrderedStore store = BaseFiles.open(file, time);
      open.push(store);
      base =
          FlowBase.open(
              store,
              role.isMerge()
                  ? ReplicaEnds.newId(role == Role.MERGE_SOURCE ? 0 : 1, RANDOM)
                  : replicaId());
      PosixTree tree = endpoint.tree();
      Joining joining = null;
      if (role.isMerge()) {
        FlowMode.MultiMaster mode = (FlowMode.MultiMaster) spec.mode();
        MergedEnd end =
            new MergedEnd(
                base,
                MergedEnd.policy(mode.conflicts()),
                live(endpoint),
                guard(spec),
                keys(endpoint),
                time);
        Placer placer = end.openPlacer(tree, flow);
        open.push(placer);
        target = new TreeTarget(base, placer, time, drifts);
        access = null;
        inspector = end.inspector();
        Optional<ChangelogFollower> follower =
            role == Role.MERGE_SOURCE
                ? follower(flow, spec, endpoint, base, time)
                : Optional.empty();
        source =
            new SourceWatch(
                end.inspector(),
                told -> new LiveSource(end.inspector(), follower, spec.scanPause(), time, told));
        joining = new Joining(base, end.merger(), new SharedTree(end.inspector(), target));
        conflicts =
            new EndConflicts(
                base,
                end,
                tree,
                MergedEnd.nameOf(base.replica()),
                MergedEnd.label(mode.conflicts()));
      } else if (role == Role.SOURCE) {
        target = null;
        access = null;
        inspector = new Inspector(base, live(endpoint), guard(spec), Concurrent.HERE_WINS, time);
        Inspector looks = inspector;
        Optional<ChangelogFollower> follower = follower(flow, spec, endpoint, base, time);
        source =
            new SourceWatch(
                looks, told -> new LiveSource(looks, follower, spec.scanPause(), time, told));
      } else if (spec.mode() instanceof FlowMode.Access mode) {
        inspector = null;
        source = null;
        target = null;
        access = AccessSite.open(settings(flow, name, mode), tree, base, time);
        open.push(access);
      } else {
        inspector = null;
        source = null;
        access = null;
        Placer placer = Placer.begin(tree, base, PlaceSettings.of(flow, keys(endpoint)));
        open.push(placer);
        target = new TreeTarget(base, placer, time, drifts);
      }
      ThreadPoolExecutor readers =
          KmeshThreads.pool("flow-reader", READERS, new LinkedBlockingQueue<>());
      open.push(
          () -> {
            readers.shutdownNow();
            KmeshThreads.awaitEnd(readers, LIMIT);
          });
      replica =
          new Replica(
              new ReplicaIdentity(flow, role.name(), 0),
              base,
              tree,
              source,
              access == null ? target : access.target(),
              joining,
              gate(endpoint),
              readers,
              time);
      if (access != null) {
        access.join(replica);
      }
      if (spec.mode() instanceof FlowMode.Access mode) {
        replica.sendOnDemand();
        if (source != null && mode.writes() == FlowMode.WriteMode.WRITE_THROUGH) {
          SourceEdits edits = new SourceEdits(flow, tree, base, source, replica::wake);
          open.push(edits);
          replica.take(edits);
        }
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private Optional<ChangelogFollower> follower(
      String flow, FlowSpec spec, OpenEndpoint endpoint, FlowBase base, KmeshTime time)
      throws IOException {
    if (spec.changelogUsers().isEmpty() || endpoint.lustre().isEmpty()) {
      return Optional.empty();
    }
    ChangelogHub hub = new ChangelogHub(endpoint.lustre().get(), spec.changelogUsers(), time);
    open.push(hub);
    ChangelogFollower follower = new ChangelogFollower(base, hub, flow);
    open.push(follower);
    return Optional.of(follower);
  }

  /**
   * Opens an end.
   *
   * @param flow the flow's id
   * @param name the flow's name
   * @param endpoint closed with it
   * @param file where its base is
   * @param drifts hears what somebody else did to the tree
   */
  static FlowEnd open(
      String flow,
      String name,
      Role role,
      FlowSpec spec,
      OpenEndpoint endpoint,
      Path file,
      KmeshTime time,
      Consumer<Drift> drifts)
      throws IOException {
    return new FlowEnd(flow, name, role, spec, endpoint, file, time, drifts);
  }

  /** Begins to work. */
  void start(String name) {
    ReplicaThread started = new ReplicaThread(name, replica);
    thread = started;
    open.push(started::close);
  }

  /** For the engine's thread. */
  FlowBase base() {
    return base;
  }

  Replica replica() {
    return replica;
  }

  @Nullable Inspector inspector() {
    return inspector;
  }

  @Nullable SourceWatch source() {
    return source;
  }

  @Nullable TreeTarget target() {
    return target;
  }

  /** The conflicts that were found here; null of other modes. */
  @Nullable EndConflicts conflicts() {
    return conflicts;
  }

  /** What gives access to the other end; null where the tree is placed. */
  @Nullable AccessSite access() {
    return access;
  }

  private static AccessSettings settings(String flow, String name, FlowMode.Access mode) {
    return new AccessSettings(
        flow,
        name,
        mode.lease(),
        mode.cache().bytes(),
        mode.stale() == FlowMode.Stale.SHOW,
        mode.writes() == FlowMode.WriteMode.WRITE_THROUGH);
  }

  /** What ended it; null while it works. */
  @Nullable Throwable failure() {
    return thread == null ? null : thread.failure().orElse(null);
  }

  private static LiveTree live(OpenEndpoint endpoint) throws IOException {
    return endpoint.lustre().isPresent()
            && endpoint.endpoint() instanceof io.kmesh.Endpoint.LustrePath path
        ? new LustreLiveTree(endpoint.lustre().get(), path.path())
        : PosixLiveTree.open(endpoint.tree(), PathBytes.EMPTY);
  }

  /** What is released stays so: its bytes are in an archive, and reading brings them back. */
  private static ReadGate gate(OpenEndpoint endpoint) {
    if (endpoint.lustre().isEmpty()) {
      return ReadGate.OPEN;
    }
    LustreHsm hsm = endpoint.lustre().get().hsm();
    return file ->
        hsm.state(file).flags().contains(HsmFlag.RELEASED)
            ? Optional.of("It is released: its bytes are in an archive. Recall it first.")
            : Optional.empty();
  }

  private static LocalKeys keys(OpenEndpoint endpoint) {
    return endpoint.lustre().map(lustre -> LocalKeys.of(lustre.identity())).orElse(LocalKeys.POSIX);
  }

  private static DeleteGuard guard(FlowSpec spec) {
    return new DeleteGuard(spec.deleteGuard().entries(), (int) spec.deleteGuard().share().value());
  }

  private static long replicaId() {
    long id = RANDOM.nextLong();
    return id == 0 ? 1 : id;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
