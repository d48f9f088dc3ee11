// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
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
      try (Marking marking = new Marking(domain, readers, head)) {
        marking.mark();
        choose(marking);
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

    private void choose(Marking marking) {
      marking.choose(settings.keepShare());
      packs = marking.packs();
      packBytes = marking.bytes();
      deadPacks = marking.deadPacks();
      deadBytes = marking.deadBytes();
      rewrittenPacks = marking.rewrittenPacks();
      rewrittenBytes = marking.rewrittenBytes();
    }

    /** Marks what a head keeps and condemns the rest, unless others collected meanwhile. */
    private void condemn(Head first) throws IOException {
      Head head = first;
      for (int tries = 1; tries <= TRIES; tries++) {
        try (Marking marking = new Marking(domain, readers, head)) {
          if (isMarked(marking, tries) && isCondemned(marking)) {
            return;
          }
        }
        head = domain.heads().newest();
      }
    }

    /**
     * Marks what a head keeps; false when that went meanwhile, as a newer head does not keep it.
     */
    private boolean isMarked(Marking marking, int tries) throws IOException {
      try {
        marking.mark();
        check.run();
        return true;
      } catch (ProviderException e) {
        if (tries == TRIES || !isOutdated(e, marking.head())) {
          throw e;
        }
        return false;
      }
    }

    /** Whether what is missing is so because a newer head does not keep it. */
    private boolean isOutdated(ProviderException e, Head head) throws IOException {
      return (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.CORRUPT)
          && domain.heads().newest().generation() != head.generation();
    }

    private boolean isCondemned(Marking marking) throws IOException {
      choose(marking);
      if (marking.doomed().isEmpty()) {
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
          // What is condemned from here on waits for this session; what was before may go.
          if (!marking.isThere(domain.heads().newest())) {
            throw new OvertakenException();
          }
          marking.rewrite(session, check);
          session.publishAndEnd(h -> condemned(h, marking));
          return true;
        } catch (OvertakenException e) {
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

    private Head condemned(Head head, Marking marking) throws IOException {
      try {
        marking.markMore(head);
      } catch (ProviderException e) {
        if (isOutdated(e, marking.head())) {
          throw new OvertakenException();
        }
        throw e;
      }
      if (marking.isShunned(head)) {
        throw new OvertakenException();
      }
      return head.condemning(marking.doomed());
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

    /** Strikes out what is condemned and nobody is about to take back, then deletes it. */
    private void sweep() throws IOException {
      Head head = domain.heads().commit(Head::strikingOut);
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
  }

  /** Another collection changed what was marked. */
  private static final class OvertakenException extends IOException {
    private static final long serialVersionUID = 1;

    OvertakenException() {
      super("another collection was faster");
    }
  }
}
