// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The changelogs of one Lustre, read once for all flows that follow them. A record is cleared when
 * all consumers made durable what follows from it; whoever has joined holds what it has not. It is
 * thread-safe and has no threads of its own: who reads waits for the file system.
 */
public final class ChangelogHub implements Closeable {
  private static final int CLEAR_RECORDS = 4096;
  private static final Duration CLEAR_AFTER = Duration.ofSeconds(10);

  /** Servers remove users that were idle for long; a clearing is also what tells that one was. */
  private static final Duration SHOW_LIFE_AFTER = Duration.ofHours(1);

  private final LustreChangelogs logs;
  private final Map<Integer, String> users;
  private final Map<Integer, MdtLog> mdts = new TreeMap<>();

  /** What each consumer made durable; guarded by this. */
  private final Map<String, Map<Integer, Long>> durable = new HashMap<>();

  /** How far each MDT was cleared by this object; guarded by this. */
  private final Map<Integer, Cleared> cleared = new HashMap<>();

  private final KmeshTime time;

  /** Up to where, and when by the clock that is never set. */
  private record Cleared(long index, long at) {}

  /**
   * A hub, of which there is one for a file system and its users.
   *
   * @param lustre stays the caller's
   * @param users the changelog user of each MDT that stands for all consumers of this hub and for
   *     nothing else
   * @throws ProviderException INVALID when an MDT has no user
   */
  public ChangelogHub(LustreBinding lustre, Map<Integer, String> users, KmeshTime time)
      throws IOException {
    this.time = time;
    this.logs = lustre.changelogs();
    this.users = Map.copyOf(users);
    for (int mdt : lustre.identity().mdts()) {
      if (!users.containsKey(mdt)) {
        throw new ProviderException(
            Errno.EINVAL,
            "Cannot follow the changelogs of "
                + lustre.description()
                + ": there is no changelog user of MDT "
                + mdt
                + ". "
                + String.format(
                    "Register one on its server by lctl --device FSNAME-MDT%04x"
                        + " changelog_register, and name it.",
                    mdt));
      }
      mdts.put(mdt, new MdtLog(logs, mdt));
    }
  }

  /**
   * Holds all records behind what a consumer made durable, whether it reads them now or not: each
   * consumer of the file system joins before anything is cleared.
   *
   * @param name its own among the hub's consumers
   * @param indexes the last record of each MDT that it needs no more; an MDT that is left out is
   *     not held, and not read by it
   */
  public synchronized void join(String name, Map<Integer, Long> indexes) {
    durable.put(name, new TreeMap<>(indexes));
  }

  /** Holds nothing more for a consumer. */
  public synchronized void leave(String name) {
    durable.remove(name);
  }

  /**
   * Notes what a consumer made durable, and clears what nobody needs.
   *
   * @return why the logs can't be relied on any more; empty when they can
   */
  public synchronized Optional<String> committed(String name, Map<Integer, Long> indexes)
      throws IOException {
    durable.computeIfAbsent(name, n -> new TreeMap<>()).putAll(indexes);
    for (int mdt : mdts.keySet()) {
      long least = least(mdt);
      if (isToClear(cleared.get(mdt), least)) {
        Optional<String> lost = clear(mdt, least);
        if (lost.isPresent()) {
          return lost;
        }
      }
    }
    return Optional.empty();
  }

  /** The MDTs whose changelogs are read. */
  public List<Integer> mdts() {
    return List.copyOf(mdts.keySet());
  }

  /** The changelog user of an MDT. */
  public String user(int mdt) {
    return users.getOrDefault(mdt, "");
  }

  /**
   * The last record of each MDT now: what happens later is behind them.
   *
   * @param from what was read before, as far as is known
   */
  public Map<Integer, Long> ends(Map<Integer, Long> from) throws IOException {
    Map<Integer, Long> ends = new TreeMap<>();
    for (Map.Entry<Integer, MdtLog> mdt : mdts.entrySet()) {
      ends.put(mdt.getKey(), mdt.getValue().end(from.getOrDefault(mdt.getKey(), 0L)));
    }
    return ends;
  }

  /**
   * Whether all records behind what a consumer made durable are kept: a user that is still there,
   * and may be told again what it needs no more, was not purged.
   *
   * @return why not; empty when they are
   */
  public synchronized Optional<String> findGap(Map<Integer, Long> indexes) throws IOException {
    for (int mdt : mdts.keySet()) {
      long index = indexes.getOrDefault(mdt, 0L);
      long least = Math.min(index, least(mdt));
      if (index == 0 || least <= 0) {
        return Optional.of("the changelog of MDT " + mdt + " had no record before");
      }
      Optional<String> lost = clear(mdt, least);
      if (lost.isPresent()) {
        return lost;
      }
    }
    return Optional.empty();
  }

  /** Records of an MDT behind an index, at most some. */
  List<ChangelogRecord> read(int mdt, MdtLog.Place place, long after, int most) throws IOException {
    MdtLog log = mdts.get(mdt);
    if (log == null) {
      throw new IllegalArgumentException("There is no MDT " + mdt + ".");
    }
    try {
      return log.read(place, after, most);
    } catch (LogBrokenException e) {
      log.reset();
      throw e;
    }
  }

  /** Not each commit, which would cost the servers more than the records do; and now and then. */
  private boolean isToClear(@Nullable Cleared before, long index) {
    if (index <= 0) {
      return false;
    }
    if (before == null || index - before.index() >= CLEAR_RECORDS) {
      return true;
    }
    Duration since = Duration.ofNanos(time.nanoTime() - before.at());
    return since.compareTo(index > before.index() ? CLEAR_AFTER : SHOW_LIFE_AFTER) >= 0;
  }

  /** Guarded by this. */
  private long least(int mdt) {
    long least = Long.MAX_VALUE;
    for (Map<Integer, Long> one : durable.values()) {
      least = Math.min(least, one.getOrDefault(mdt, Long.MAX_VALUE));
    }
    return least == Long.MAX_VALUE ? 0 : least;
  }

  /** Guarded by this. */
  private Optional<String> clear(int mdt, long index) throws IOException {
    try {
      logs.clear(mdt, user(mdt), index);
      cleared.put(mdt, new Cleared(index, time.nanoTime()));
      return Optional.empty();
    } catch (ProviderException e) {
      if (e.errno().filter(n -> n.equals(Errno.ENOENT) || n.equals(Errno.EINVAL)).isEmpty()) {
        throw e;
      }
      return Optional.of(
          "the changelog of MDT "
              + mdt
              + " does not go back to record "
              + index
              + ": "
              + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    for (MdtLog log : mdts.values()) {
      log.close();
    }
  }
}
