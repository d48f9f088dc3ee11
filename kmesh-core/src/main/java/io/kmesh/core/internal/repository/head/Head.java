// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.head;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.pack.PackId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The state of a domain: docs/format/repository.md, "Heads". Immutable.
 *
 * @param generation its number, from 1
 * @param attempt who wrote it
 * @param recent the attempts before, newest first
 * @param roots what keeps chunks
 * @param runs the index, newest first
 * @param sessions who writes or reads now
 * @param condemned packs that are to go, and the generation from which on they are
 * @param gone packs that went while runs name them
 */
public record Head(
    long generation,
    String attempt,
    List<String> recent,
    List<Root> roots,
    List<Run> runs,
    List<Session> sessions,
    Map<PackId, Long> condemned,
    Set<PackId> gone) {
  /** How many attempts before a head knows. */
  static final int MOST_RECENT = 64;

  /** The state of a new domain, which is not stored. */
  public static final Head EMPTY =
      new Head(0, "", List.of(), List.of(), List.of(), List.of(), Map.of(), Set.of());

  /** Copies everything. */
  public Head {
    recent = List.copyOf(recent);
    roots = List.copyOf(roots);
    runs = List.copyOf(runs);
    sessions = List.copyOf(sessions);
    condemned = Map.copyOf(condemned);
    gone = Set.copyOf(gone);
  }

  /**
   * What keeps a chunk and all that it names.
   *
   * @param kind what it is, such as {@code snapshot}
   * @param name its name for people
   * @param id unique among those of its kind
   * @param time when it was made, milliseconds since 1970
   * @param chunk the chunk
   * @param labels more of it that a list shows
   */
  public record Root(
      String kind, String name, String id, long time, ChunkName chunk, Map<String, String> labels) {
    /** Copies and sorts the labels. */
    public Root {
      labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
    }
  }

  /**
   * An index run.
   *
   * @param key its object below {@code index/}
   * @param chunks how many it has
   * @param type of its packs: 1 data, 2 metadata
   */
  public record Run(String key, long chunks, int type) {}

  /**
   * A session.
   *
   * @param id its number: 24 hexadecimal digits
   * @param began milliseconds since 1970, for people
   * @param host where it runs, for people
   * @param holds chunks that stay while it is open, with all that they name
   * @param knows it refers to no pack that was condemned in this generation or before; {@link
   *     #READS} when it refers to none at all
   */
  public record Session(String id, long began, String host, List<ChunkName> holds, long knows) {
    /** Of a session that refers to no pack: it reads by names, or writes index runs alone. */
    public static final long READS = Long.MAX_VALUE;

    /** Copies the list. */
    public Session {
      holds = List.copyOf(holds);
    }

    /** The same when it refers to nothing that a later generation condemned. */
    public Session knowing(long generation) {
      return new Session(id, began, host, holds, generation);
    }
  }

  /** The root of a kind and id. */
  public Optional<Root> root(String kind, String id) {
    return roots.stream().filter(r -> r.kind().equals(kind) && r.id().equals(id)).findFirst();
  }

  /** The session of an id. */
  public Optional<Session> session(String id) {
    return sessions.stream().filter(s -> s.id().equals(id)).findFirst();
  }

  /** The packs that a writer does not refer to. */
  public Set<PackId> shunned() {
    Set<PackId> all = new HashSet<>(condemned.keySet());
    all.addAll(gone);
    return all;
  }

  /** Whether what a session wrote is kept although nothing names it. */
  public boolean isOpen(String session) {
    return session(session).isPresent();
  }

  /** The head after this one, of another attempt. */
  Head next(String newAttempt) {
    List<String> attempts = new ArrayList<>();
    if (!attempt.isEmpty()) {
      attempts.add(attempt);
    }
    recent.stream().limit(MOST_RECENT - 1L).forEach(attempts::add);
    return new Head(generation + 1, newAttempt, attempts, roots, runs, sessions, condemned, gone);
  }

  /** Whether an attempt made this head or one of those before it. */
  boolean descendsFrom(String other) {
    return attempt.equals(other) || recent.contains(other);
  }

  /** With a root, in place of the one of its kind and id. */
  public Head withRoot(Root root) {
    return withRoots(
        concat(roots, r -> !(r.kind().equals(root.kind()) && r.id().equals(root.id())), root));
  }

  /** With other roots. */
  public Head withRoots(List<Root> other) {
    return new Head(generation, attempt, recent, other, runs, sessions, condemned, gone);
  }

  /** With other runs, newest first. */
  public Head withRuns(List<Run> other) {
    return new Head(generation, attempt, recent, roots, other, sessions, condemned, gone);
  }

  /** With newer runs before those that are there. */
  public Head withNewRuns(List<Run> newer) {
    return withRuns(Stream.concat(newer.stream(), runs.stream()).toList());
  }

  /** With a session, in place of the one of its id. */
  public Head withSession(Session session) {
    return withSessions(concat(sessions, s -> !s.id().equals(session.id()), session));
  }

  /** Without a session. */
  public Head withoutSession(String id) {
    return withSessions(sessions.stream().filter(s -> !s.id().equals(id)).toList());
  }

  private Head withSessions(List<Session> other) {
    return new Head(generation, attempt, recent, roots, runs, other, condemned, gone);
  }

  /** With other packs that are to go, and that went. */
  public Head withDoomed(Map<PackId, Long> newCondemned, Set<PackId> newGone) {
    return new Head(generation, attempt, recent, roots, runs, sessions, newCondemned, newGone);
  }

  /** With more packs that are to go from the next head on. */
  public Head condemning(Set<PackId> packs) {
    Map<PackId, Long> all = new HashMap<>(condemned);
    packs.stream()
        .filter(pack -> !gone.contains(pack))
        .forEach(pack -> all.putIfAbsent(pack, generation + 1));
    return withDoomed(all, gone);
  }

  /** Without what was to go and is referred to. */
  public Head takingBack(Set<PackId> packs) {
    Map<PackId, Long> rest = new HashMap<>(condemned);
    rest.keySet().removeAll(packs);
    return withDoomed(rest, gone);
  }

  /** With those that are to go and that no session refers to struck out. */
  public Head strikingOut() {
    long known = sessions.stream().mapToLong(Session::knows).min().orElse(Session.READS);
    Map<PackId, Long> rest = new HashMap<>(condemned);
    Set<PackId> struck = new HashSet<>(gone);
    condemned.forEach(
        (pack, since) -> {
          if (since <= known) {
            rest.remove(pack);
            struck.add(pack);
          }
        });
    return withDoomed(rest, struck);
  }

  private static <T> List<T> concat(List<T> all, Predicate<T> stays, T more) {
    return Stream.concat(all.stream().filter(stays), Stream.of(more)).toList();
  }
}
