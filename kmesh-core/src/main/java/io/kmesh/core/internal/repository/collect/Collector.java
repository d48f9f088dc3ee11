// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Frees what no root keeps, while others write and read. Marks, condemns packs in one head, deletes
 * them only after another head struck them out; see docs/design/repository.md. One collection after
 * the other is the normal case, but several at once do no harm.
 */
public final class Collector {
  private static final int PAGE_CACHE = 32 << 20;
  private static final int TRIES = 5;

  private final Domain domain;
  private final Map<String, RootReader> readers;
  private final Settings settings;
  private final Retrier.Check check;

  /**
   * How to collect.
   *
   * @param keepShare packs of which less than this share is used are written again, 0 to 1
   * @param ends sessions that are taken for dead; one that lives on is told when it publishes
   * @param began milliseconds since 1970, for people
   * @param host for people
   */
  public record Settings(double keepShare, Predicate<Head.Session> ends, long began, String host) {}

  /** A collector of a domain. */
  public Collector(
      Domain domain, Map<String, RootReader> readers, Settings settings, Retrier.Check check) {
    this.domain = domain;
    this.readers = Map.copyOf(readers);
    this.settings = settings;
    this.check = check;
  }

  /** What a collection would free; changes nothing. */
  public CollectorReport plan() throws IOException {
    return new Run().plan();
  }

  /** Collects. What it does is safe to cut anywhere; the next one goes on. */
  public CollectorReport run() throws IOException {
    return new Run().collect();
  }

  /** An object below packs/ or index/. */
  private record Stored(String key, long size) {}

  /** One collection. */
  private final class Run {
    private final List<Stored> stored = new ArrayList<>();
    private long packs;
    private long packBytes;
    private long deadPacks;
    private long deadBytes;
    private long rewrittenPacks;
    private long rewrittenBytes;
    private long deletedPacks;
    private long deletedBytes;
    private long waitingPacks;
    private long orphans;
    private long orphanBytes;

    CollectorReport plan() throws IOException {
      list();
      Head head = domain.heads().newest();
      try (Marking marking = new Marking(head)) {
        marking.marker.mark(head);
        marking.choose();
      }
      orphans(head).forEach(this::countOrphan);
      waitingPacks = head.condemned().size();
      return report(head);
    }

    CollectorReport collect() throws IOException {
      list();
      Head head =
          domain
              .heads()
              .commit(
                  h -> {
                    Head kept = h;
                    for (Head.Session session : h.sessions()) {
                      if (settings.ends().test(session)) {
                        kept = kept.withoutSession(session.id());
                      }
                    }
                    return kept;
                  });
      head = confirmed(head);
      // Listed before the head was read: what no session of this head owns, none can own any more.
      List<Stored> garbage = orphans(head);
      check.run();
      condemn(head);
      sweep();
      for (Stored object : garbage) {
        countOrphan(object);
      }
      domain.objects().delete(garbage.stream().map(Stored::key).toList());
      Head last = domain.heads().newest();
      domain.runs().retain(last.runs().stream().map(Head.Run::key).toList());
      return report(last);
    }

    /** The newest head for sure, also where lists are behind. */
    private Head confirmed(Head first) throws IOException {
      Head head = first;
      while (domain.heads().hasNewer(head)) {
        Head newer = domain.heads().newest();
        if (newer.generation() <= head.generation()) {
          throw new ProviderException(
              ErrorKind.TRANSIENT,
              "Cannot collect in "
                  + domain
                  + ": the store's lists do not show its newest head, "
                  + (head.generation() + 1)
                  + ". Try again later.");
        }
        head = newer;
      }
      return head;
    }

    private void list() throws IOException {
      domain.objects().list("packs/", (key, size) -> stored.add(new Stored(key, size)));
      domain.objects().list("index/", (key, size) -> stored.add(new Stored(key, size)));
    }

    private void countOrphan(Stored object) {
      orphans++;
      orphanBytes += object.size();
    }

    /** The objects that nothing names and no open session owns. */
    private List<Stored> orphans(Head head) throws IOException {
      Set<String> named = new HashSet<>();
      for (Head.Run run : head.runs()) {
        named.add("index/" + run.key());
      }
      for (RunFile run : Session.index(domain, head).runs()) {
        run.packs().forEach(pack -> named.add(pack.id().key()));
      }
      List<Stored> orphans = new ArrayList<>();
      for (Stored object : stored) {
        String[] parts = object.key().split("/", 3);
        if (parts.length == 3 && !head.isOpen(parts[1]) && !named.contains(object.key())) {
          orphans.add(object);
        }
      }
      return orphans;
    }

    /** Marks what a head keeps and condemns the rest, unless others published meanwhile. */
    private void condemn(Head first) throws IOException {
      Head head = first;
      for (int tries = 1; tries <= TRIES; tries++) {
        try (Marking marking = new Marking(head)) {
          if (isMarked(marking, head, tries) && isCondemned(marking)) {
            return;
          }
        }
        head = domain.heads().newest();
      }
    }

    /**
     * Marks what a head keeps; false when that went meanwhile, as a newer head does not keep it.
     */
    private boolean isMarked(Marking marking, Head head, int tries) throws IOException {
      try {
        marking.marker.mark(head);
        check.run();
        return true;
      } catch (ProviderException e) {
        boolean isGone = e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.CORRUPT;
        if (!isGone
            || tries == TRIES
            || domain.heads().newest().generation() == head.generation()) {
          throw e;
        }
        return false;
      }
    }

    private boolean isCondemned(Marking marking) throws IOException {
      Set<PackId> doomed = marking.choose();
      if (doomed.isEmpty()) {
        return true;
      }
      try (Session session =
          Session.begin(
              domain,
              RandomIds.session(),
              settings.began(),
              settings.host(),
              List.of(),
              Session.PACK_TARGET)) {
        try {
          // From here on nothing is swept; what went before is not there to be written again.
          if (!marking.isThere(session.index(), domain.heads().newest().gone())) {
            throw new NewRootsException();
          }
          marking.rewrite(session);
          session.publishAndEnd(
              h -> {
                if (!marking.marker.isMarked(h) || marking.isShunned(h)) {
                  throw new NewRootsException();
                }
                Set<PackId> condemned = new HashSet<>(h.condemned());
                condemned.addAll(doomed);
                condemned.removeAll(h.gone());
                return h.withDoomed(condemned, h.gone());
              });
          return true;
        } catch (NewRootsException e) {
          session.abandon();
          return false;
        } catch (IOException | RuntimeException e) {
          boolean wasEnded = domain.heads().newest().session(session.id()).isEmpty();
          session.abandon();
          if (wasEnded) {
            throw ended(session, e);
          }
          throw e;
        }
      }
    }

    private ProviderException ended(Session session, Exception cause) {
      return new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot collect in "
              + domain
              + ": the session "
              + session.id()
              + " was taken for dead and ended by another collection. Nothing was freed; begin anew.",
          cause);
    }

    /** Strikes the condemned out when nobody can be about to take them back, then deletes them. */
    private void sweep() throws IOException {
      Head head =
          domain
              .heads()
              .commit(
                  h -> {
                    if (h.condemned().isEmpty() || !h.sessions().isEmpty()) {
                      return h;
                    }
                    Set<PackId> gone = new HashSet<>(h.gone());
                    gone.addAll(h.condemned());
                    return h.withDoomed(Set.of(), gone);
                  });
      waitingPacks = head.condemned().size();
      if (head.gone().isEmpty()) {
        return;
      }
      Map<String, Long> sizes = new java.util.HashMap<>();
      stored.forEach(object -> sizes.put(object.key(), object.size()));
      domain.objects().delete(head.gone().stream().map(PackId::key).toList());
      for (PackId pack : head.gone()) {
        deletedPacks++;
        deletedBytes += sizes.getOrDefault(pack.key(), 0L);
      }
      new Compaction(domain, settings.began(), settings.host()).withoutGone();
    }

    private CollectorReport report(Head head) {
      return new CollectorReport(
          packs,
          packBytes,
          deadPacks,
          deadBytes,
          rewrittenPacks,
          rewrittenBytes,
          deletedPacks,
          deletedBytes,
          waitingPacks,
          orphans,
          orphanBytes,
          head.sessions());
    }

    /** The index of a head, and what of it is used. */
    private final class Marking implements AutoCloseable {
      private final ChunkIndex index;
      private final ChunkReader reader;
      private final Marker marker;
      private final Set<PackId> shunned;
      private final Set<PackId> live = new HashSet<>();
      private Collection<PackUse> rewritten = List.of();

      Marking(Head head) throws IOException {
        index = Session.index(domain, head);
        shunned = head.shunned();
        reader = new ChunkReader(domain, index, PAGE_CACHE);
        marker = new Marker(index, reader, readers);
      }

      Set<PackId> choose() {
        packs = 0;
        packBytes = 0;
        deadPacks = 0;
        deadBytes = 0;
        rewrittenPacks = 0;
        rewrittenBytes = 0;
        Set<PackId> doomed = new HashSet<>();
        List<PackUse> partly = new ArrayList<>();
        for (PackUse use : marker.uses().values()) {
          if (shunned.contains(use.pack().id())) {
            continue;
          }
          packs++;
          packBytes += use.pack().size();
          if (use.isDead()) {
            deadPacks++;
            deadBytes += use.pack().size();
            doomed.add(use.pack().id());
          } else if (use.share() < settings.keepShare()) {
            rewrittenPacks++;
            rewrittenBytes += use.pack().size();
            doomed.add(use.pack().id());
            partly.add(use);
          } else {
            live.add(use.pack().id());
          }
        }
        rewritten = partly;
        return doomed;
      }

      /** Whether another collection took what this one found in use for the copy that goes. */
      boolean isShunned(Head head) {
        Set<PackId> more = head.shunned();
        more.removeAll(shunned);
        return !Collections.disjoint(more, live);
      }

      /** Whether all packs that are to be written again are named still. */
      boolean isThere(ChunkIndex now, Set<PackId> gone) {
        Set<PackId> named = new HashSet<>();
        now.runs().forEach(run -> run.packs().forEach(pack -> named.add(pack.id())));
        named.removeAll(gone);
        return rewritten.stream().allMatch(use -> named.contains(use.pack().id()));
      }

      void rewrite(Session session) throws IOException {
        if (!rewritten.isEmpty()) {
          new Rewriting(domain, index, marker).run(rewritten, session, check);
        }
      }

      @Override
      public void close() {
        reader.close();
      }
    }
  }

  /** Roots were published while others were marked. */
  private static final class NewRootsException extends IOException {
    private static final long serialVersionUID = 1;

    NewRootsException() {
      super("others published meanwhile");
    }
  }
}
