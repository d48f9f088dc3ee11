// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What heads keep of the packs that one head names, and which packs are to go. What others publish
 * meanwhile is marked on top, so that a collector finds its moment however busy they are. For one
 * thread.
 */
final class Marking implements AutoCloseable {
  private static final int PAGE_CACHE = 32 << 20;

  private final Domain domain;
  private final Head head;
  private final ChunkIndex index;
  private final ChunkReader reader;
  private final Marker marker;
  private final Set<PackId> shunned;
  private final Set<String> runs = new HashSet<>();
  private final Set<PackId> doomed = new HashSet<>();
  private final Set<PackId> live = new HashSet<>();
  private final List<PackUse> partly = new ArrayList<>();
  private long packs;
  private long bytes;
  private long deadPacks;
  private long deadBytes;

  Marking(Domain domain, Map<String, RootReader> readers, Head head) throws IOException {
    this.domain = domain;
    this.head = head;
    index = Session.index(domain, head);
    shunned = head.shunned();
    head.runs().forEach(run -> runs.add(run.key()));
    reader = new ChunkReader(domain, index, PAGE_CACHE);
    marker = new Marker(index, reader, readers);
  }

  /** The head whose packs it judges. */
  Head head() {
    return head;
  }

  /** Marks what that head keeps. */
  void mark() throws IOException {
    marker.mark(head);
  }

  /**
   * Chooses what goes: what is not used, and what is used for less than a share. What an open
   * session has made findable stays, for it or for who takes the same again.
   */
  void choose(double keepShare) {
    for (PackUse use : marker.uses().values()) {
      PackId id = use.pack().id();
      if (shunned.contains(id)) {
        continue;
      }
      packs++;
      bytes += use.pack().size();
      if (use.isDead() && head.isOpen(id.session())) {
        continue;
      }
      if (use.isDead()) {
        deadPacks++;
        deadBytes += use.pack().size();
        doomed.add(id);
      } else if (use.share() < keepShare && !head.isOpen(id.session())) {
        doomed.add(id);
        partly.add(use);
      } else {
        live.add(id);
      }
    }
  }

  /** The packs that are to go. */
  Set<PackId> doomed() {
    return doomed;
  }

  /** Whether all packs that are to be written again stay for now. */
  boolean isThere(Head now) throws IOException {
    Set<PackId> named = new HashSet<>();
    for (RunFile run : Session.index(domain, now).runs()) {
      run.packs().forEach(pack -> named.add(pack.id()));
    }
    named.removeAll(now.shunned());
    return partly.stream().allMatch(use -> named.contains(use.pack().id()));
  }

  /** Writes what is used of packs that are to go again. */
  void rewrite(Session session, Retrier.Check check) throws IOException {
    if (!partly.isEmpty()) {
      new Rewriting(domain, index, marker).run(partly, session, check);
    }
  }

  /** Marks what a newer head keeps besides; packs that it uses do not go. */
  void markMore(Head newer) throws IOException {
    List<RunFile> more = new ArrayList<>();
    for (Head.Run run : newer.runs()) {
      if (!runs.contains(run.key())) {
        more.add(domain.runs().open(run.key()));
        runs.add(run.key());
      }
    }
    marker.know(more);
    marker.forgetTouched();
    marker.mark(newer);
    doomed.removeAll(marker.touched());
    live.addAll(marker.touched());
  }

  /** Whether another collection took what this one found in use for the copy that goes. */
  boolean isShunned(Head newer) {
    Set<PackId> more = newer.shunned();
    more.removeAll(shunned);
    return !Collections.disjoint(more, live);
  }

  long packs() {
    return packs;
  }

  long bytes() {
    return bytes;
  }

  long deadPacks() {
    return deadPacks;
  }

  long deadBytes() {
    return deadBytes;
  }

  long rewrittenPacks() {
    return partly.size();
  }

  long rewrittenBytes() {
    return partly.stream().mapToLong(use -> use.pack().size()).sum();
  }

  @Override
  public void close() {
    reader.close();
  }
}
