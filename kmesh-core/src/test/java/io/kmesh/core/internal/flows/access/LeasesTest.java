// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Message.Place;
import io.kmesh.core.internal.flows.replica.Message.Scope;
import io.kmesh.path.PathBytes;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is shown was the newest at most the lease ago: the lease begins when the question is asked,
 * not when the answer comes.
 */
class LeasesTest {
  private static final Duration LEASE = Duration.ofSeconds(5);
  private static final Place FILE = new Place(PathBytes.of("a/b/file"), Scope.ENTRY);
  private static final Place DIRECTORY = new Place(PathBytes.of("a/b"), Scope.NAMES);

  private final ManualTime time = ManualTime.create();
  private final List<Message.Ask> asked = new ArrayList<>();
  private final Leases leases = new Leases(LEASE, Duration.ofSeconds(10), this::answer, time);
  private Duration delay = Duration.ZERO;
  private boolean isAnswering = true;

  @BeforeEach
  void reach() {
    leases.reached();
  }

  /** The source: takes a while to answer. */
  private void answer() {
    for (Message message : leases.says()) {
      Message.Ask ask = (Message.Ask) message;
      asked.add(ask);
      time.advance(delay);
      if (isAnswering) {
        leases.fresh(new Message.Fresh(ask.number(), 10), 9);
        leases.taken(10);
      } else {
        leases.parted();
      }
    }
  }

  private int asks(Place place) throws IOException {
    asked.clear();
    leases.await(List.of(place));
    return asked.size();
  }

  @Test
  void place_isAskedForOnceWithinItsLease() throws Exception {
    assertThat(asks(FILE)).isEqualTo(1);
    assertThat(asks(FILE)).isZero();
    time.advance(LEASE);
    assertThat(asks(FILE)).isZero();
    time.advance(Duration.ofNanos(1));
    assertThat(asks(FILE)).isEqualTo(1);
  }

  @Test
  void lease_beginsWithTheQuestion() throws Exception {
    delay = Duration.ofSeconds(4);
    assertThat(asks(FILE)).isEqualTo(1);
    time.advance(Duration.ofSeconds(1));
    assertThat(asks(FILE)).isZero();
    time.advance(Duration.ofMillis(1));
    assertThat(asks(FILE)).isEqualTo(1);
  }

  @Test
  void listing_coversItsEntries_andThoseOnTheWay() throws Exception {
    assertThat(asks(DIRECTORY)).isEqualTo(1);
    assertThat(asks(FILE)).isZero();
    assertThat(asks(new Place(PathBytes.of("a"), Scope.ENTRY))).isZero();
    assertThat(asks(new Place(PathBytes.EMPTY, Scope.ENTRY))).isZero();
    assertThat(asks(new Place(PathBytes.of("a"), Scope.NAMES))).isEqualTo(1);
    assertThat(asks(new Place(PathBytes.of("a/b/file/x"), Scope.ENTRY))).isEqualTo(1);
  }

  @Test
  void awaySource_givesNoLease_butThoseThatAreStand() throws Exception {
    assertThat(leases.await(List.of(FILE))).isTrue();
    leases.parted();
    assertThat(leases.await(List.of(FILE))).isTrue();
    assertThat(leases.asOf(FILE.path())).contains(ManualTime.START);
    time.advance(LEASE.plusNanos(1));
    assertThat(leases.await(List.of(FILE))).isFalse();
    leases.reached();
    isAnswering = false;
    assertThat(leases.await(List.of(FILE))).isFalse();
  }

  @Test
  void placeThatIsAskedForBeforeTheSourceIsReached_waitsForIt() throws Exception {
    Leases young = new Leases(LEASE, Duration.ofMinutes(1), () -> {}, time);
    CompletableFuture<Boolean> asked = waiting(young);
    young.reached();
    Message.Ask ask = firstAsk(young);
    young.fresh(new Message.Fresh(ask.number(), 10), 9);
    young.taken(10);
    assertThat(asked.get(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void placeThatIsAskedFor_isShownAsItWas_whenTheSourceCantBeReached() throws Exception {
    Leases young = new Leases(LEASE, Duration.ofMinutes(1), () -> {}, time);
    CompletableFuture<Boolean> asked = waiting(young);
    young.unreached();
    assertThat(asked.get(1, TimeUnit.MINUTES)).isFalse();
    Leases slow = new Leases(LEASE, Duration.ofMillis(20), () -> {}, time);
    assertThat(slow.await(List.of(FILE))).isFalse();
  }

  private static CompletableFuture<Boolean> waiting(Leases leases) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return leases.await(List.of(FILE));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static Message.Ask firstAsk(Leases leases) {
    while (true) {
      List<Message> said = leases.says();
      if (!said.isEmpty()) {
        return (Message.Ask) said.get(0);
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void answer_countsWhenTheLogIsHere() throws Exception {
    Leases slow = new Leases(LEASE, Duration.ofMillis(20), () -> {}, time);
    slow.reached();
    assertThat(slow.await(List.of(FILE))).isFalse();
    Message.Ask ask = (Message.Ask) slow.says().get(0);
    slow.fresh(new Message.Fresh(ask.number(), 10), 9);
    assertThat(slow.asOf(FILE.path())).isEmpty();
    slow.taken(10);
    assertThat(slow.await(List.of(FILE))).isTrue();
    assertThat(slow.says()).isEmpty();
  }

  @Test
  void oldQuestion_isNotJoined() throws Exception {
    Leases slow = new Leases(LEASE, Duration.ofMillis(20), () -> {}, time);
    slow.reached();
    slow.await(List.of(FILE));
    assertThat(slow.says()).hasSize(1);
    slow.await(List.of(FILE));
    assertThat(slow.says()).isEmpty();
    time.advance(LEASE.plusNanos(1));
    slow.await(List.of(FILE));
    assertThat(slow.says()).hasSize(1);
  }

  @Test
  void manyEntriesOfADirectory_areToldFromAFew() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertThat(leases.isOneOfMany(entry(i))).isFalse();
      leases.await(List.of(new Place(entry(i), Scope.ENTRY)));
      // Under its lease, and of another directory.
      assertThat(leases.isOneOfMany(entry(i))).isFalse();
      assertThat(leases.isOneOfMany(PathBytes.of("b" + i + "/x"))).isFalse();
    }
    assertThat(leases.isOneOfMany(entry(4))).isTrue();
    leases.await(List.of(DIRECTORY));
    assertThat(leases.isOneOfMany(entry(5))).isFalse();
    time.advance(LEASE.plusNanos(1));
    assertThat(leases.isOneOfMany(entry(5))).isFalse();
    leases.parted();
    assertThat(leases.isOneOfMany(PathBytes.EMPTY)).isFalse();
  }

  private static PathBytes entry(int number) {
    return PathBytes.of("a/b/file" + number);
  }

  @Test
  void forgottenPlace_isAskedForAgain() throws Exception {
    asks(DIRECTORY);
    leases.forget(FILE.path());
    assertThat(asks(FILE)).isEqualTo(1);
  }
}
