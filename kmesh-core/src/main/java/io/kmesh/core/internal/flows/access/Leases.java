// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How long ago the source said what is at a place. A lease begins when the question is asked, so
 * that what is shown under it was the newest at most its length ago. Thread-safe.
 */
final class Leases {
  private static final int MOST = 65_536;
  private static final int MOST_PLACES = 1_000;
  private static final int MOST_STREAKS = 1_024;

  /** More questions about one directory's entries within a lease than these are many. */
  private static final int FEW = 4;

  private final Duration lease;
  private final Duration limit;
  private final Runnable wake;
  private final KmeshTime time;
  private final Map<Message.Place, Since> granted =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Message.Place, Since> eldest) {
          return size() > MOST;
        }
      };
  private final Map<PathBytes, Streak> streaks =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<PathBytes, Streak> eldest) {
          return size() > MOST_STREAKS;
        }
      };
  private final Map<Message.Place, Question> open = new HashMap<>();
  private final Map<Long, Question> sent = new LinkedHashMap<>();
  private final Deque<Question> answered = new ArrayDeque<>();

  /** Done when the source was reached once, or it is known that it is not. */
  private final CompletableFuture<Void> first = new CompletableFuture<>();

  private @Nullable Question next;
  private long number;
  private boolean isUp;

  private record Since(long nanos, Instant instant) {}

  /** Questions about a directory's entries since a time. */
  private record Streak(long since, int count) {}

  /** Places that are asked for in one message; guarded by this. */
  private static final class Question {
    final Since asked;
    final Set<Message.Place> places = new LinkedHashSet<>();
    final CompletableFuture<Boolean> done = new CompletableFuture<>();
    long place;

    Question(Since asked) {
      this.asked = asked;
    }
  }

  /**
   * Leases of a length.
   *
   * @param limit how long an answer is waited for, and the first way to the source
   * @param wake has the engine ask {@link #says}
   */
  Leases(Duration lease, Duration limit, Runnable wake, KmeshTime time) {
    this.lease = lease;
    this.limit = limit;
    this.wake = wake;
    this.time = time;
  }

  /**
   * Waits until places are under a lease; asks the source for those that are not. Just after a
   * start it waits for the way to the source too.
   *
   * @return false when the source is not reached, or does not answer in time
   */
  boolean await(List<Message.Place> places) throws IOException {
    if (!first.isDone()) {
      isDone(first);
      first.complete(null); // nobody waits as long again
    }
    Set<Question> questions = new LinkedHashSet<>();
    synchronized (this) {
      for (Message.Place place : places) {
        if (!isFresh(place)) {
          if (!isUp) {
            return false;
          }
          questions.add(ask(place));
        }
      }
    }
    if (questions.isEmpty()) {
      return true;
    }
    wake.run();
    boolean isFresh = true;
    for (Question question : questions) {
      isFresh &= isDone(question.done) && question.done.join();
    }
    return isFresh;
  }

  /**
   * Whether a question about an entry would be one of many about its directory, so that asking for
   * all of that is worth it.
   */
  synchronized boolean isOneOfMany(PathBytes path) {
    if (path.isEmpty() || !isUp || isFresh(new Message.Place(path, Message.Scope.ENTRY))) {
      return false;
    }
    PathBytes directory = path.parent();
    long now = time.nanoTime();
    Streak streak = streaks.get(directory);
    Streak next =
        streak == null || now - streak.since() > lease.toNanos()
            ? new Streak(now, 1)
            : new Streak(streak.since(), streak.count() + 1);
    streaks.put(directory, next);
    return next.count() > FEW;
  }

  /** Waits for something. */
  private boolean isDone(CompletableFuture<?> what) throws IOException {
    try {
      what.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("The wait for the source's word was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  private boolean isFresh(Message.Place place) {
    Since since = since(place);
    return since != null && time.nanoTime() - since.nanos() <= lease.toNanos();
  }

  /** The later of the place's own and that of the directory that it is in. */
  private @Nullable Since since(Message.Place place) {
    Since own = granted.get(place);
    if (place.scope() == Message.Scope.NAMES || place.path().isEmpty()) {
      return own;
    }
    Since above = granted.get(new Message.Place(place.path().parent(), Message.Scope.NAMES));
    return own == null || (above != null && above.nanos() - own.nanos() > 0) ? above : own;
  }

  /** When the source was last asked what is at a place, as far as it answered. */
  synchronized Optional<Instant> asOf(PathBytes path) {
    return Optional.ofNullable(since(new Message.Place(path, Message.Scope.ENTRY)))
        .map(Since::instant);
  }

  private Question ask(Message.Place place) {
    Question question = open.get(place);
    if (question != null && time.nanoTime() - question.asked.nanos() <= lease.toNanos()) {
      return question;
    }
    Question at = next;
    if (at == null || at.places.size() >= MOST_PLACES) {
      at = new Question(new Since(time.nanoTime(), time.now()));
      next = at;
      sent.put(++number, at);
    }
    at.places.add(place);
    open.put(place, at);
    return at;
  }

  /** Forgets what is known of a place: it turned out to be older than was thought. */
  synchronized void forget(PathBytes path) {
    granted.remove(new Message.Place(path, Message.Scope.ENTRY));
    if (!path.isEmpty()) {
      granted.remove(new Message.Place(path.parent(), Message.Scope.NAMES));
    }
  }

  /** What is to be asked now. For the engine's thread. */
  synchronized List<Message> says() {
    if (next == null) {
      return List.of();
    }
    next = null;
    List<Message> messages = new ArrayList<>();
    sent.forEach(
        (id, question) -> {
          if (question.place == 0) {
            question.place = -1; // said
            messages.add(new Message.Ask(id, List.copyOf(question.places)));
          }
        });
    return messages;
  }

  /** An answer. */
  synchronized void fresh(Message.Fresh answer, long taken) {
    Question question = sent.remove(answer.number());
    if (question != null) {
      question.place = answer.place();
      answered.add(question);
      taken(taken);
    }
  }

  /** The source's log is here up to a place. */
  synchronized void taken(long place) {
    while (!answered.isEmpty() && answered.peekFirst().place <= place) {
      Question question = answered.removeFirst();
      question.places.forEach(one -> grant(one, question.asked));
      close(question, true);
    }
  }

  private void grant(Message.Place place, Since since) {
    extend(place, since);
    PathBytes path = place.path();
    if (place.scope() == Message.Scope.NAMES) {
      extend(new Message.Place(path, Message.Scope.ENTRY), since);
    }
    while (!path.isEmpty()) {
      path = path.parent();
      extend(new Message.Place(path, Message.Scope.ENTRY), since);
    }
  }

  private void extend(Message.Place place, Since since) {
    Since before = granted.get(place);
    if (before == null || since.nanos() - before.nanos() > 0) {
      granted.put(place, since);
    }
  }

  private void close(Question question, boolean isFresh) {
    question.places.forEach(place -> open.remove(place, question));
    question.done.complete(isFresh);
  }

  /** The source is reached. */
  synchronized void reached() {
    parted(); // what was asked on another way is not answered on this one
    isUp = true;
    first.complete(null);
  }

  /** The way to the source failed: nobody need wait for the first one. */
  void unreached() {
    first.complete(null);
  }

  /** The source is not reached any more. */
  synchronized void parted() {
    isUp = false;
    next = null;
    sent.values().forEach(question -> close(question, false));
    answered.forEach(question -> close(question, false));
    sent.clear();
    answered.clear();
  }

  /** How many questions were asked. */
  synchronized long questions() {
    return number;
  }

  /** Whether the source is reached. */
  synchronized boolean isUp() {
    return isUp;
  }
}
