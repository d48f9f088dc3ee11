// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.Lease;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.state.StateEvent;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A state store in memory, for tests. Thread-safe. {@link #reopen()} stands for the next process:
 * it sees what was acknowledged before.
 */
public final class MemoryState implements StateStore {
  private static final int LARGEST_LIMIT = 10_000;
  private static final int LARGEST_PAYLOAD = 16 << 20;
  private static final Duration LONGEST_LEASE = Duration.ofDays(3650);

  private final KmeshTime time;
  private final Content content;
  private boolean isClosed; // guarded by content

  private MemoryState(KmeshTime time, Content content) {
    this.time = time;
    this.content = content;
  }

  /** An empty state. */
  public static MemoryState create(KmeshTime time) {
    return new MemoryState(time, new Content());
  }

  /** What survives the process. */
  private static final class Content {
    private final NavigableMap<RecordKey, StateRecord> records =
        new TreeMap<>(
            Comparator.comparing(RecordKey::kind, MemoryState::compareUtf8)
                .thenComparing(RecordKey::id, MemoryState::compareUtf8));
    private final List<StateEvent> events = new ArrayList<>();
    private final Map<String, Held> leases = new HashMap<>();
    private long applies;
  }

  private record Held(@Nullable String holder, long token, Instant expires, Duration timeToLive) {}

  /** Closes this one as a killed process would, and opens the same content anew. */
  public MemoryState reopen() {
    close();
    return new MemoryState(time, content);
  }

  /** How often {@link #apply} changed something, over all openings. */
  public long applies() {
    synchronized (content) {
      return content.applies;
    }
  }

  @Override
  public String description() {
    return "memory state";
  }

  @Override
  public Optional<StateRecord> find(RecordKey key) throws IOException {
    synchronized (content) {
      requireOpen();
      requireText("kind", key.kind());
      requireText("id", key.id());
      return Optional.ofNullable(content.records.get(key));
    }
  }

  @Override
  public List<StateRecord> findAll(List<RecordKey> keys) throws IOException {
    synchronized (content) {
      List<StateRecord> found = new ArrayList<>();
      for (RecordKey key : new HashSet<>(keys)) {
        find(key).ifPresent(found::add);
      }
      return found;
    }
  }

  @Override
  public List<StateRecord> scan(String kind, String idPrefix, String afterId, int limit)
      throws IOException {
    requireLimit(limit);
    synchronized (content) {
      List<StateRecord> found = new ArrayList<>();
      for (StateRecord record : matching(kind, idPrefix, afterId)) {
        if (found.size() == limit) {
          break;
        }
        found.add(record);
      }
      return found;
    }
  }

  @Override
  public long count(String kind, String idPrefix) throws IOException {
    synchronized (content) {
      return matching(kind, idPrefix, "").size();
    }
  }

  private List<StateRecord> matching(String kind, String idPrefix, String afterId)
      throws IOException {
    requireOpen();
    requireText("kind", kind);
    requireText("id", idPrefix);
    requireText("id", afterId);
    List<StateRecord> found = new ArrayList<>();
    for (StateRecord record : content.records.tailMap(new RecordKey(kind, idPrefix)).values()) {
      String id = record.key().id();
      if (!record.key().kind().equals(kind) || !id.startsWith(idPrefix)) {
        break;
      }
      if (afterId.isEmpty() || compareUtf8(id, afterId) > 0) {
        found.add(record);
      }
    }
    return found;
  }

  @Override
  public void apply(List<StateChange> changes) throws IOException {
    synchronized (content) {
      requireOpen();
      Map<RecordKey, Long> versions = new HashMap<>();
      for (StateChange change : changes) {
        check(change, versions);
      }
      versions.clear();
      for (StateChange change : changes) {
        if (change instanceof StateChange.Put put) {
          StateRecord old = content.records.get(put.key());
          long version = old == null ? 1 : old.version() + 1;
          content.records.put(
              put.key(),
              new StateRecord(put.key(), put.owner(), put.format(), version, put.payload()));
        } else {
          content.records.remove(change.key());
        }
      }
      content.applies++;
    }
  }

  private void check(StateChange change, Map<RecordKey, Long> versions) throws IOException {
    requireText("kind", change.key().kind());
    requireText("id", change.key().id());
    StateRecord stored = content.records.get(change.key());
    Long known = versions.get(change.key());
    long found = known != null ? known : stored == null ? StateChange.ABSENT : stored.version();
    long expected;
    if (change instanceof StateChange.Put put) {
      requireText("owner", put.owner());
      if (put.payload().length > LARGEST_PAYLOAD) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot store the record "
                + put.key().kind()
                + "/"
                + put.key().id()
                + ": its payload has "
                + put.payload().length
                + " bytes, "
                + LARGEST_PAYLOAD
                + " are allowed. Split it.");
      }
      expected = put.expectedVersion();
      versions.put(change.key(), found + 1);
    } else {
      expected = ((StateChange.Delete) change).expectedVersion();
      versions.put(change.key(), StateChange.ABSENT);
    }
    if (expected != StateChange.ANY && expected != found) {
      throw new StateConflictException(change.key(), expected, found);
    }
  }

  @Override
  public long append(String owner, String subject, String type, String detail) throws IOException {
    synchronized (content) {
      requireOpen();
      requireText("owner", owner);
      requireText("subject", subject);
      requireText("type", type);
      requireText("detail", detail);
      long sequence = content.events.size() + 1L;
      content.events.add(
          new StateEvent(
              sequence, time.now().truncatedTo(ChronoUnit.MICROS), owner, subject, type, detail));
      return sequence;
    }
  }

  @Override
  public List<StateEvent> events(long afterSequence, int limit) throws IOException {
    requireLimit(limit);
    synchronized (content) {
      requireOpen();
      int size = content.events.size();
      int from = (int) Math.min(size, Math.max(0, afterSequence));
      return List.copyOf(content.events.subList(from, from + Math.min(limit, size - from)));
    }
  }

  @Override
  public Optional<Lease> acquire(String name, String holder, Duration timeToLive)
      throws IOException {
    requireText("lease name", name);
    requireText("holder", holder);
    if (timeToLive.isZero() || timeToLive.isNegative() || timeToLive.compareTo(LONGEST_LEASE) > 0) {
      throw new IllegalArgumentException(
          "Cannot take a lease for "
              + timeToLive
              + ": more than zero and at most "
              + LONGEST_LEASE.toDays()
              + " days are allowed. Renew it instead.");
    }
    synchronized (content) {
      requireOpen();
      Instant now = time.now().truncatedTo(ChronoUnit.MICROS);
      Held held = content.leases.get(name);
      long token = held == null ? 1 : held.token() + 1;
      if (held != null && held.holder() != null) {
        if (held.holder().equals(holder)) {
          token = held.token();
        } else if (held.expires().isAfter(now.plus(held.timeToLive()))) {
          // The clock was set back: it lasts no longer from now on than it was taken for.
          Instant expires = now.plus(held.timeToLive());
          content.leases.put(
              name, new Held(held.holder(), held.token(), expires, held.timeToLive()));
          return Optional.empty();
        } else if (held.expires().isAfter(now)) {
          return Optional.empty();
        }
      }
      Instant expires = now.plus(timeToLive);
      content.leases.put(name, new Held(holder, token, expires, timeToLive));
      return Optional.of(new Lease(name, holder, token, expires));
    }
  }

  @Override
  public void release(Lease lease) throws IOException {
    synchronized (content) {
      requireOpen();
      Held held = content.leases.get(lease.name());
      if (held != null && lease.holder().equals(held.holder()) && lease.token() == held.token()) {
        content.leases.put(
            lease.name(), new Held(null, held.token(), Instant.EPOCH, Duration.ZERO));
      }
    }
  }

  @Override
  public void close() {
    synchronized (content) {
      isClosed = true;
    }
  }

  private void requireOpen() throws IOException {
    if (isClosed) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot use the memory state: it was closed. Open it again.");
    }
  }

  private static void requireLimit(int limit) {
    if (limit < 1 || limit > LARGEST_LIMIT) {
      throw new IllegalArgumentException(
          "Cannot read " + limit + " rows: 1 to " + LARGEST_LIMIT + " are allowed. Read in pages.");
    }
  }

  private static void requireText(String what, String text) throws IOException {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot store the "
              + what
              + " of "
              + text.length()
              + " chars: it holds half a surrogate pair, which has no UTF-8 form. Encode it first,"
              + " in hex for example.");
    }
  }

  private static int compareUtf8(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
