// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.head;

import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.core.internal.repository.objects.Sealer;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The heads of a domain, one generation after the other. Each change is one object that is created
 * where none is; see docs/design/repository.md. Thread-safe.
 */
public final class HeadLog {
  private static final String FOLDER = "heads/";
  private static final int DIGITS = 20;
  private static final int KEPT = 32;
  private static final int MOST_TRIES = 1000;

  private final DomainObjects objects;
  private final Sealer sealer;
  private final Supplier<String> attempts;

  /**
   * The heads of a domain.
   *
   * @param attempts gives 32 hexadecimal digits, never the same twice
   */
  public HeadLog(DomainObjects objects, Sealer sealer, Supplier<String> attempts) {
    this.objects = objects;
    this.sealer = sealer;
    this.attempts = attempts;
  }

  /** A change of a head. Called again on the newest head when another change came first. */
  @FunctionalInterface
  public interface Change {
    /**
     * Makes the next state.
     *
     * @throws IOException when it can't be made on this head; nothing is written then
     */
    Head apply(Head head) throws IOException;
  }

  /** How many bytes a root makes a head longer. */
  public static long bytesOf(Head.Root root) {
    return (long) HeadJson.write(Head.EMPTY.withRoot(root)).length
        - HeadJson.write(Head.EMPTY).length;
  }

  /** The newest head; {@link Head#EMPTY} when there is none. */
  public Head newest() throws IOException {
    for (int tries = 1; ; tries++) {
      List<Long> generations = generations();
      if (generations.isEmpty()) {
        return Head.EMPTY;
      }
      try {
        return read(generations.get(generations.size() - 1));
      } catch (ProviderException e) {
        // Newer ones came and swept it away.
        if (e.kind() != ErrorKind.NOT_FOUND || tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  /** The newest head that can be read, for a repair. */
  public Head newestReadable() throws IOException {
    List<Long> generations = generations();
    Collections.reverse(generations);
    ProviderException last = null;
    for (long generation : generations) {
      try {
        return read(generation);
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.NOT_FOUND) {
          throw e;
        }
        last = e;
      }
    }
    if (last != null) {
      throw last;
    }
    return Head.EMPTY;
  }

  /** The generations that are stored, ascending. */
  public List<Long> generations() throws IOException {
    List<Long> generations = new ArrayList<>();
    objects.list(
        FOLDER,
        (key, size) -> {
          String digits = key.substring(FOLDER.length());
          if (digits.length() == DIGITS && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            generations.add(Long.parseLong(digits));
          }
        });
    Collections.sort(generations);
    return generations;
  }

  /**
   * Takes damaged heads away from a generation on down to the newest that can be read, which is
   * written again as a newer one, so that no generation is used twice.
   */
  public void setAside(long damaged) throws IOException {
    Head last = Head.EMPTY;
    try {
      last = newestReadable();
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
    }
    Head next =
        new Head(
                damaged,
                last.attempt(),
                last.recent(),
                last.roots(),
                last.runs(),
                last.sessions(),
                last.condemned(),
                last.gone())
            .next(attempts.get());
    String key = key(next.generation());
    objects.create(key, sealer.seal(Sealer.HEAD, key, HeadJson.write(next)));
  }

  /** The head of a generation. */
  public Head read(long generation) throws IOException {
    String key = key(generation);
    String what = objects.full(key);
    Head head = HeadJson.read(sealer.open(Sealer.HEAD, key, objects.get(key)), what);
    if (head.generation() != generation) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read " + what + ": it says that it is generation " + head.generation() + ".");
    }
    return head;
  }

  /**
   * Makes a change, on whatever is newest.
   *
   * @return the head that has it
   */
  @SuppressWarnings("ReferenceEquality") // What gives the head back changes nothing.
  public Head commit(Change change) throws IOException {
    for (int tries = 1; tries <= MOST_TRIES; tries++) {
      Head before = newest();
      Head after = change.apply(before);
      if (after.equals(before)) {
        return before;
      }
      Head next = after.next(attempts.get());
      String key = key(next.generation());
      if (objects.create(key, sealer.seal(Sealer.HEAD, key, HeadJson.write(next)))
          && isNext(before, next)) {
        trySweep(next.generation());
        return next;
      }
    }
    throw new ProviderException(
        ErrorKind.THROTTLED,
        "Cannot change "
            + objects.where()
            + ": others changed it first, "
            + MOST_TRIES
            + " times. Try again.");
  }

  /**
   * Whether a head that was created follows the newest one. A writer that slept may have created a
   * generation that had come and gone; then its parent, which goes first, is gone too.
   */
  private boolean isNext(Head before, Head next) throws IOException {
    if (before.generation() == 0 && next.generation() == 1) {
      return isFirst(next);
    }
    if (isThere(before)) {
      return true;
    }
    Head newest = newest();
    if (newest.descendsFrom(next.attempt())) {
      return true;
    }
    // Further back than heads tell: what was swept was part of the line, or not.
    if (newest.generation() - next.generation() >= Head.MOST_RECENT
        && !objects.exists(key(next.generation()))) {
      throw new ProviderException(
          ErrorKind.UNKNOWN_OUTCOME,
          "Cannot tell whether a change of "
              + objects.where()
              + " was made: "
              + (newest.generation() - next.generation())
              + " others followed before its reply. Look whether it is there.");
    }
    objects.delete(List.of(key(next.generation())));
    return false;
  }

  /** Whether a head is stored still: itself, not one that another sleeper made of its number. */
  private boolean isThere(Head head) throws IOException {
    try {
      return read(head.generation()).attempt().equals(head.attempt());
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.NOT_FOUND && e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Whether there is a newer head than one, asked by its name: lists may be behind. What is deleted
   * because no head keeps it needs the newest one.
   */
  public boolean hasNewer(Head head) throws IOException {
    return objects.exists(key(head.generation() + 1));
  }

  /**
   * Whether a head is the newest one still, asked without a list. The next one is asked for first:
   * heads go in ascending order, so when that one is gone already, this one is too.
   */
  public boolean isNewest(Head head) throws IOException {
    return head.generation() > 0 && !hasNewer(head) && isThere(head);
  }

  private boolean isFirst(Head next) throws IOException {
    List<Long> generations = generations();
    long newest = generations.isEmpty() ? 0 : generations.get(generations.size() - 1);
    if (newest <= KEPT || newest().descendsFrom(next.attempt())) {
      return true;
    }
    objects.delete(List.of(key(next.generation())));
    return false;
  }

  /** The change is made by now; old heads that stay are swept with the next ones. */
  private void trySweep(long newest) {
    try {
      sweep(newest);
    } catch (IOException e) {
      // As above.
    }
  }

  private void sweep(long newest) throws IOException {
    if (newest % (KEPT / 4) != 0) {
      return;
    }
    for (long generation : generations()) {
      if (generation <= newest - KEPT) {
        // One by one: a writer that slept looks for its parent, which must go before its child.
        objects.delete(List.of(key(generation)));
      }
    }
  }

  private static String key(long generation) {
    return FOLDER + String.format(Locale.ROOT, "%0" + DIGITS + "d", generation);
  }
}
