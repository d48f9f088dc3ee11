// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.KmeshException;
import io.kmesh.spi.ErrorKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The changelogs of all MDTs as one, for a consumer that keeps where it is and goes on from there,
 * also in another process. Of one MDT records come in its order. Of several they come by their
 * times as far as they are there: each server has a clock of its own, and a record may be told
 * later than a younger one of another MDT. Who follows calls {@link #next} again after it gave
 * nothing.
 *
 * <pre>{@code
 * MergedChangelog all = cluster.changelog().merged(saved);
 * List<ChangelogRecord> records = all.next(1000);   // apply them, then save all.position()
 * Set<Integer> lost = all.clear(Map.of(0, "cl1", 1, "cl1"));
 * }</pre>
 *
 * <p>Not thread-safe. Holds nothing open between calls.
 */
public final class MergedChangelog {
  private static final int AT_ONCE = 1000;
  private static final int MOST = 100_000;

  /** What is known of one MDT's log. */
  private static final class Part {
    private final Deque<ChangelogRecord> waiting = new ArrayDeque<>();
    private long next;
    private long unread;
    private long passedOver;
    private boolean isAtEnd;

    Part(long from) {
      this.next = from;
      this.unread = from;
    }
  }

  private final Changelog log;
  private final Map<Integer, Part> parts = new TreeMap<>();

  /**
   * A reader.
   *
   * @param from the smallest index to give, by MDT; all there is of those that are not named
   */
  MergedChangelog(Changelog log, Map<Integer, Long> from) {
    this.log = log;
    for (int mdt : log.mdts()) {
      long first = from.getOrDefault(mdt, 0L);
      if (first < 0) {
        throw new IllegalArgumentException(
            "Cannot read the changelog of MDT "
                + mdt
                + " from "
                + first
                + " on. Indexes are counted from 1; 0 is all there is.");
      }
      parts.put(mdt, new Part(first));
    }
  }

  /**
   * The next records, which exist now; empty where there are none yet.
   *
   * @param limit 1 to 100,000
   * @throws KmeshException when an MDT's log can't be read; what was not given is given next time
   */
  public List<ChangelogRecord> next(int limit) {
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException(
          "Cannot read " + limit + " records at once. Ask for 1 to " + MOST + ".");
    }
    for (Map.Entry<Integer, Part> part : parts.entrySet()) {
      part.getValue().isAtEnd = false;
      fill(part.getKey(), part.getValue());
    }
    List<ChangelogRecord> found = new ArrayList<>(Math.min(limit, AT_ONCE));
    while (found.size() < limit) {
      Part oldest = oldest();
      if (oldest == null) {
        break;
      }
      ChangelogRecord record = oldest.waiting.remove();
      if (oldest.next > 0 && record.index() > oldest.next) {
        oldest.passedOver += record.index() - oldest.next;
      }
      oldest.next = record.index() + 1;
      found.add(record);
      if (oldest.waiting.isEmpty() && found.size() < limit) {
        fill(record.mdt(), oldest);
      }
    }
    return found;
  }

  private @Nullable Part oldest() {
    Part oldest = null;
    for (Part part : parts.values()) {
      ChangelogRecord head = part.waiting.peek();
      if (head != null
          && (oldest == null
              || head.time().isBefore(Objects.requireNonNull(oldest.waiting.peek()).time()))) {
        oldest = part;
      }
    }
    return oldest;
  }

  private void fill(int mdt, Part part) {
    if (!part.waiting.isEmpty() || part.isAtEnd) {
      return;
    }
    List<ChangelogRecord> read = log.read(mdt, part.unread, AT_ONCE);
    if (read.isEmpty()) {
      part.isAtEnd = true;
      return;
    }
    part.waiting.addAll(read);
    part.unread = read.get(read.size() - 1).index() + 1;
  }

  /** Where to go on: the index behind the last record that was given, by MDT. */
  public Map<Integer, Long> position() {
    Map<Integer, Long> found = new TreeMap<>();
    parts.forEach((mdt, part) -> found.put(mdt, part.next));
    return Collections.unmodifiableMap(found);
  }

  /**
   * How many indexes no record was given for, between those that were or behind where it began, by
   * MDT. That alone is no loss: an MDT uses some for itself and leaves out types that are not asked
   * for; that a user was removed, {@link #clear} tells.
   */
  public Map<Integer, Long> passedOver() {
    Map<Integer, Long> found = new TreeMap<>();
    parts.forEach((mdt, part) -> found.put(mdt, part.passedOver));
    return Collections.unmodifiableMap(found);
  }

  /**
   * Tells the MDTs that registered users need none of the records that were given any more.
   *
   * @param users the user of each MDT; those without are left out
   * @return the MDTs whose user is not registered (any more): what happened there meanwhile may be
   *     missing, and the whole tree has to be looked at
   * @throws KmeshException when an MDT refuses for another reason; of kind INVALID when its log
   *     does not reach as far as this one began, as after it was made anew
   */
  public Set<Integer> clear(Map<Integer, String> users) {
    Set<Integer> lost = new TreeSet<>();
    for (Map.Entry<Integer, Part> part : parts.entrySet()) {
      String user = users.get(part.getKey());
      long upTo = part.getValue().next - 1;
      if (user == null || upTo < 1) {
        continue; // 0 would be all there is
      }
      try {
        log.clear(part.getKey(), user, upTo);
      } catch (KmeshException e) {
        if (e.kind() != ErrorKind.NOT_FOUND) {
          throw e;
        }
        lost.add(part.getKey());
      }
    }
    return lost;
  }
}
