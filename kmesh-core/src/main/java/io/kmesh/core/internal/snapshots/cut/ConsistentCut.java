// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.session.ChunksGoneException;
import io.kmesh.core.internal.snapshots.Additions;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.SnapshotTaking;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes several trees as they are at one moment. While writers go on, all trees are taken once;
 * then writers rest and what changed meanwhile is taken; when they go on again, all is published:
 * of one domain in one commit. Thread-safe.
 */
public final class ConsistentCut {
  private static final int TRIES = 3;

  private final List<QuiesceHook> hooks;
  private final QuiesceLimits limits;
  private final KmeshTime time;
  private final QuiesceJournal journal;

  /**
   * A cut.
   *
   * @param hooks what brings writers to rest, in this order; none to publish together only
   */
  public ConsistentCut(
      List<QuiesceHook> hooks, QuiesceLimits limits, KmeshTime time, QuiesceJournal journal) {
    this.hooks = List.copyOf(hooks);
    this.limits = limits;
    this.time = time;
    this.journal = journal;
    if (hooks.stream().map(QuiesceHook::name).distinct().count() < hooks.size()) {
      throw new IllegalArgumentException(
          "Cannot quiesce by "
              + hooks.stream().map(QuiesceHook::name).toList()
              + ": two have one name. Give each its own.");
    }
  }

  /**
   * One of the trees.
   *
   * @param id of its snapshot: 16 hexadecimal digits that nobody else uses
   * @param holds who holds it from the first moment, and why
   * @param store where its snapshot goes
   * @param request what to take; of one source there is one
   * @param tally what was taken
   */
  public record Site(
      String id,
      Map<String, String> holds,
      SnapshotStore store,
      SnapshotStore.Request request,
      ScanTally tally) {
    /** One of a new id that nobody holds. */
    public Site(SnapshotStore store, SnapshotStore.Request request, ScanTally tally) {
      this(RandomIds.snapshot(), Map.of(), store, request, tally);
    }

    private SnapshotTaking.Wanted wanted() {
      return new SnapshotTaking.Wanted(id, store.host(), holds, request, tally);
    }
  }

  /**
   * What a process before did that was taking these sites: all snapshots when it published all. A
   * part is taken back, and what it left otherwise is ended.
   */
  public static Optional<List<SnapshotStore.Taken>> resume(List<Site> sites) throws IOException {
    List<SnapshotStore.Taken> there = new ArrayList<>();
    for (Site site : sites) {
      site.store().resume(site.id(), site.tally()).ifPresent(there::add);
    }
    if (there.size() == sites.size()) {
      return Optional.of(there);
    }
    if (!there.isEmpty()) {
      List<String> part = there.stream().map(t -> t.manifest().id()).toList();
      for (Site site : sites) {
        if (part.contains(site.id())) {
          site.store().withdraw(List.of(site.id()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Takes all. When it fails nothing is published, and all writers were let go on. Where domains
   * differ they are published one after the other, and when a later one fails the earlier ones are
   * forgotten again: who looks in between, or after this process was killed, finds a part of the
   * cut, which each snapshot says the size of.
   *
   * @return the snapshots, in the order of the sites
   */
  public List<SnapshotStore.Taken> take(List<Site> sites, Retrier.Check check) throws IOException {
    return take(RandomIds.snapshot(), sites, check);
  }

  /**
   * Takes all, as {@link #take(List, Retrier.Check)} does.
   *
   * @param id the cut's: 16 hexadecimal digits
   */
  public List<SnapshotStore.Taken> take(String id, List<Site> sites, Retrier.Check check)
      throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return once(new Additions.Cut(id, sites.size()), sites, check);
      } catch (ChunksGoneException e) {
        if (tries == TRIES) {
          throw e;
        }
        sites.forEach(site -> site.tally().recount());
      }
    }
  }

  private List<SnapshotStore.Taken> once(Additions.Cut cut, List<Site> sites, Retrier.Check check)
      throws IOException {
    Map<Domain, List<Site>> domains = new LinkedHashMap<>();
    for (Site site : sites) {
      domains.computeIfAbsent(site.store().domain(), d -> new ArrayList<>()).add(site);
    }
    try (Closer closer = new Closer(new ArrayList<>())) {
      List<SnapshotTaking> takings = closer.takings();
      for (List<Site> group : domains.values()) {
        takings.add(
            group
                .get(0)
                .store()
                .begin(group.stream().map(Site::wanted).toList(), Optional.of(cut)));
      }
      pass(takings, check);
      if (!hooks.isEmpty()) {
        frozen(cut.id(), takings, check);
      }
      return ordered(sites, domains, publish(takings, domains));
    }
  }

  private static void pass(List<SnapshotTaking> takings, Retrier.Check check) throws IOException {
    for (SnapshotTaking taking : takings) {
      taking.pass(check);
    }
  }

  private void frozen(String cut, List<SnapshotTaking> takings, Retrier.Check check)
      throws IOException {
    // What the first pass wrote is stored before writers wait for anything.
    for (SnapshotTaking taking : takings) {
      taking.settle();
    }
    Quiesce quiesce = new Quiesce(cut, limits, time, journal);
    try {
      quiesce.freeze(hooks, check);
      pass(
          takings,
          () -> {
            quiesce.requireTime();
            check.run();
          });
      quiesce.requireTime();
    } catch (IOException | RuntimeException | Error e) {
      quiesce.thaw(e);
      throw e;
    }
    quiesce.thaw(null);
  }

  private static List<List<SnapshotStore.Taken>> publish(
      List<SnapshotTaking> takings, Map<Domain, List<Site>> domains) throws IOException {
    List<List<SnapshotStore.Taken>> taken = new ArrayList<>();
    try {
      if (takings.size() > 1) {
        for (SnapshotTaking taking : takings) {
          // So that what can fail fails before the first is seen.
          taking.settle();
        }
      }
      for (SnapshotTaking taking : takings) {
        taken.add(taking.publish());
      }
      return taken;
    } catch (IOException | RuntimeException | Error e) {
      List<List<Site>> groups = new ArrayList<>(domains.values());
      for (int i = 0; i < taken.size(); i++) {
        try {
          groups
              .get(i)
              .get(0)
              .store()
              .withdraw(taken.get(i).stream().map(t -> t.manifest().id()).toList());
        } catch (IOException second) {
          e.addSuppressed(second);
        }
      }
      throw e;
    }
  }

  private static List<SnapshotStore.Taken> ordered(
      List<Site> sites, Map<Domain, List<Site>> domains, List<List<SnapshotStore.Taken>> taken) {
    List<List<Site>> groups = new ArrayList<>(domains.values());
    SnapshotStore.Taken[] all = new SnapshotStore.Taken[sites.size()];
    for (int g = 0; g < groups.size(); g++) {
      for (int i = 0; i < groups.get(g).size(); i++) {
        all[sites.indexOf(groups.get(g).get(i))] = taken.get(g).get(i);
      }
    }
    return List.of(all);
  }

  /** Ends all, whatever one of them says. */
  private record Closer(List<SnapshotTaking> takings) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      IOException first = null;
      for (SnapshotTaking taking : takings) {
        try {
          taking.close();
        } catch (IOException e) {
          if (first == null) {
            first = e;
          } else {
            first.addSuppressed(e);
          }
        }
      }
      if (first != null) {
        throw first;
      }
    }
  }
}
