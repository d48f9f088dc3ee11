// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.objects;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One at a time on a store that can't create conditionally: Lamport's bakery of objects below
 * {@code lease/}. Needs a store whose lists show what was written. Who holds it and dies is passed
 * over when its object did not change for a while by the waiter's own clock; who holds it and
 * sleeps longer finds its object gone, and looks for it before it writes. Between that look and the
 * write no store without conditions can help, so that such a store is as safe as its writers are
 * punctual. Thread-safe; one holder of it at a time.
 */
final class StoreLease {
  private static final String FOLDER = "lease/";
  private static final String CHOOSING = FOLDER + "choosing-";
  private static final String TICKET = FOLDER + "ticket-";
  private static final Duration LOOK = Duration.ofMillis(100);

  /** After so long without a change a holder is dead; nobody holds it for a tenth of that. */
  private static final Duration DEAD = Duration.ofSeconds(30);

  private final DomainObjects objects;
  private final KmeshTime time;
  private final String id;
  private final Map<String, Long> firstSeen = new HashMap<>();

  /**
   * A lease.
   *
   * @param id of this writer, used by no other
   */
  StoreLease(DomainObjects objects, KmeshTime time, String id) {
    this.objects = objects;
    this.time = time;
    this.id = id;
  }

  /** What is done under the lease. */
  interface Work<T> {
    /**
     * Does it.
     *
     * @param stillHeld to be called right before the write
     */
    T run(Check stillHeld) throws IOException;
  }

  /** Asks whether the lease is held. */
  interface Check {
    /** Throws TRANSIENT when it is not. */
    void run() throws IOException;
  }

  synchronized <T> T hold(Work<T> work) throws IOException {
    String ticket = takeTicket();
    try {
      long begun = time.nanoTime();
      return work.run(() -> check(ticket, begun));
    } finally {
      objects.delete(List.of(ticket));
    }
  }

  private void check(String ticket, long begun) throws IOException {
    boolean isLate = time.nanoTime() - begun > DEAD.toNanos() / 10;
    if (isLate || !objects.exists(ticket)) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot write to "
              + objects.where()
              + ": its lease was held for too long. Try again; a store that creates"
              + " conditionally needs no lease.");
    }
  }

  private String takeTicket() throws IOException {
    String choosing = CHOOSING + id;
    objects.put(choosing, ByteBuffer.wrap(id.getBytes(StandardCharsets.US_ASCII)));
    String ticket;
    try {
      long highest = 0;
      for (String other : list(TICKET)) {
        highest = Math.max(highest, number(other));
      }
      ticket = TICKET + String.format(Locale.ROOT, "%020d-%s", highest + 1, id);
      objects.put(ticket, ByteBuffer.wrap(id.getBytes(StandardCharsets.US_ASCII)));
    } finally {
      objects.delete(List.of(choosing));
    }
    while (!isFirst(ticket, choosing)) {
      pause();
    }
    return ticket;
  }

  private boolean isFirst(String ticket, String ownChoosing) throws IOException {
    List<String> ahead = new ArrayList<>(list(CHOOSING));
    ahead.remove(ownChoosing);
    for (String other : list(TICKET)) {
      if (other.compareTo(ticket) < 0) {
        ahead.add(other);
      }
    }
    firstSeen.keySet().retainAll(ahead);
    boolean isFirst = true;
    for (String other : ahead) {
      long seen = firstSeen.computeIfAbsent(other, key -> time.nanoTime());
      if (time.nanoTime() - seen > DEAD.toNanos()) {
        objects.delete(List.of(other));
      } else {
        isFirst = false;
      }
    }
    return isFirst;
  }

  private static long number(String ticket) {
    try {
      return Long.parseLong(ticket.substring(TICKET.length(), TICKET.length() + 20));
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return 0;
    }
  }

  private List<String> list(String prefix) throws IOException {
    List<String> keys = new ArrayList<>();
    objects.list(prefix, (key, size) -> keys.add(key));
    Collections.sort(keys);
    return keys;
  }

  private void pause() throws IOException {
    try {
      time.sleep(LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException(
              "Cannot wait for the store's lease: the thread was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    }
  }
}
