// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.IndexRun;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes few runs of many, and leaves packs out that are gone. Needs memory for one run. Several at
 * once do no harm: the second finds other runs in the head than it read, and gives up.
 */
public final class Compaction {
  /** The number of runs from which on a writer makes fewer of them. */
  public static final int MANY = 16;

  private final Domain domain;
  private final long began;
  private final String host;
  private final String session = RandomIds.session();
  private int number;

  /**
   * A compaction; used once.
   *
   * @param began milliseconds since 1970, for people
   */
  public Compaction(Domain domain, long began, String host) {
    this.domain = domain;
    this.began = began;
    this.host = host;
  }

  /** Merges small runs when there are many. */
  public void ifMany() throws IOException {
    ifMoreThan(MANY);
  }

  /** Merges small runs when there are more than so many. */
  public void ifMoreThan(int most) throws IOException {
    Head head = domain.heads().newest();
    if (head.runs().size() > most) {
      run(false);
    }
  }

  /** Leaves out what is gone, and merges. */
  void withoutGone() throws IOException {
    run(true);
  }

  private void run(boolean dropsGone) throws IOException {
    Head head =
        domain
            .heads()
            .commit(
                h ->
                    h.withSession(
                        new Head.Session(session, began, host, List.of(), Head.Session.READS)));
    try {
      Set<PackId> gone = dropsGone ? head.gone() : Set.of();
      List<Head.Run> merged = merge(head, gone);
      domain
          .heads()
          .commit(
              h -> {
                Head without = h.withoutSession(session);
                if (!h.runs().containsAll(head.runs()) || h.session(session).isEmpty()) {
                  return without;
                }
                List<Head.Run> runs = new ArrayList<>(h.runs());
                runs.removeAll(head.runs());
                runs.addAll(merged);
                Set<PackId> left = new HashSet<>(h.gone());
                left.removeAll(gone);
                return without.withRuns(runs).withDoomed(h.condemned(), left);
              });
    } catch (IOException | RuntimeException e) {
      Head now =
          domain.heads().commit(h -> h.session(session).isEmpty() ? h : h.withoutSession(session));
      if (!isOfRunThatWent(e, head, now)) {
        throw e;
      }
    }
  }

  /** Another one replaced a run before this one read it. */
  private static boolean isOfRunThatWent(Exception failure, Head read, Head now) {
    return failure instanceof ProviderException e
        && e.kind() == ErrorKind.NOT_FOUND
        && !now.runs().containsAll(read.runs());
  }

  /** Writes the runs of a head anew, those of one type together up to a size. */
  private List<Head.Run> merge(Head head, Set<PackId> gone) throws IOException {
    Map<Integer, List<PackFrames>> waiting = new HashMap<>();
    Map<Integer, Integer> counts = new HashMap<>();
    List<Head.Run> merged = new ArrayList<>();
    for (Head.Run run : head.runs()) {
      IndexRun read = domain.runs().read(run.key());
      int type = run.type();
      boolean isWhole = read.packs(gone::contains).isEmpty();
      if (isWhole && read.chunks() > IndexRun.MOST_CHUNKS / 2) {
        merged.add(run);
        continue;
      }
      List<PackFrames> packs = read.packs(id -> !gone.contains(id));
      int chunks = packs.stream().mapToInt(PackFrames::chunks).sum();
      if (counts.getOrDefault(type, 0) + chunks > IndexRun.MOST_CHUNKS) {
        merged.add(write(type, waiting.remove(type)));
        counts.remove(type);
      }
      waiting.computeIfAbsent(type, t -> new ArrayList<>()).addAll(packs);
      counts.merge(type, chunks, Integer::sum);
    }
    for (Map.Entry<Integer, List<PackFrames>> rest : waiting.entrySet()) {
      if (!rest.getValue().isEmpty()) {
        merged.add(write(rest.getKey(), rest.getValue()));
      }
    }
    return merged;
  }

  private Head.Run write(int type, @org.jspecify.annotations.Nullable List<PackFrames> packs)
      throws IOException {
    List<PackFrames> all = packs == null ? List.of() : packs;
    String key = session + "/" + HexFormat.of().toHexDigits(number++);
    domain.runs().write(key, IndexRun.of(all));
    return new Head.Run(key, all.stream().mapToLong(PackFrames::chunks).sum(), type);
  }
}
