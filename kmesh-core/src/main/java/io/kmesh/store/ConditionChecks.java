// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static io.kmesh.store.CheckFailure.require;
import static io.kmesh.store.ReadChecks.bytes;
import static io.kmesh.store.ReadChecks.ended;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Whether conditions of puts and deletes hold, at one moment too. One thread. */
final class ConditionChecks {
  private static final int RACES = 5;
  private static final int RACERS = 8;

  private final Trial trial;
  private final Random random;

  ConditionChecks(Trial trial, Random random) {
    this.trial = trial;
    this.random = random;
  }

  static PutOptions under(Condition condition) {
    return PutOptions.NONE.withCondition(condition);
  }

  String create() throws IOException, CheckFailure {
    byte[] first = bytes(random, 50);
    trial.put("create", first, under(Condition.absent()));
    ErrorKind again = trial.failureOf(trial.putting("create", bytes(random, 50), absent()));
    require(
        Arrays.equals(trial.content("create"), first),
        "a put that needs the key to be absent overwrote what was there");
    require(
        again == ErrorKind.PRECONDITION,
        "a second put that needs the key to be absent " + ended(again) + ", not as PRECONDITION");
    return "the second put of a key is refused, and changes nothing";
  }

  private static PutOptions absent() {
    return under(Condition.absent());
  }

  String createRace() throws IOException, CheckFailure {
    for (int i = 0; i < RACES; i++) {
      race("create-race/" + i, absent(), StoreCapability.CONDITIONAL_CREATE);
    }
    return one();
  }

  String replace() throws IOException, CheckFailure {
    ObjectInfo first = trial.put("replace", bytes(random, 50), PutOptions.NONE);
    byte[] second = bytes(random, 60);
    trial.put("replace", second, under(Condition.matches(first.etag())));
    require(
        Arrays.equals(trial.content("replace"), second), "a put under the right ETag is not seen");
    PutOptions stale = under(Condition.matches(first.etag()));
    ErrorKind kind = trial.failureOf(trial.putting("replace", bytes(random, 70), stale));
    require(
        Arrays.equals(trial.content("replace"), second),
        "a put under the ETag of what was replaced overwrote what is there");
    require(
        kind == ErrorKind.PRECONDITION,
        "a put under an old ETag " + ended(kind) + ", not as PRECONDITION");
    ErrorKind missing = trial.failureOf(trial.putting("replace-missing", bytes(random, 9), stale));
    require(
        trial.find("replace-missing").isEmpty() && missing == ErrorKind.PRECONDITION,
        "a put under an ETag where nothing is " + ended(missing) + ", not as PRECONDITION");
    return "a put under an old ETag is refused, and changes nothing";
  }

  String replaceRace() throws IOException, CheckFailure {
    for (int i = 0; i < RACES; i++) {
      String key = "replace-race/" + i;
      ObjectInfo there = trial.put(key, bytes(random, 50), PutOptions.NONE);
      race(key, under(Condition.matches(there.etag())), StoreCapability.CONDITIONAL_REPLACE);
    }
    return one();
  }

  private static String one() {
    return "of " + RACERS + " writers at one moment one won, in each of " + RACES + " tries";
  }

  private void race(String key, PutOptions options, StoreCapability capability)
      throws IOException, CheckFailure {
    List<byte[]> bodies = new ArrayList<>();
    List<Trial.Call<ObjectInfo>> puts = new ArrayList<>();
    for (int i = 0; i < RACERS; i++) {
      byte[] body = bytes(random, 1000 + i);
      bodies.add(body);
      puts.add(trial.putting(key, body, options));
    }
    List<Optional<ErrorKind>> ends = trial.race(puts);
    if (ends.get(0).equals(Optional.of(ErrorKind.UNSUPPORTED))) {
      require(!trial.can(capability), "it says that it can, and refuses it as UNSUPPORTED");
      throw CheckFailure.absent("it says that it lacks " + capability + ", and refuses it");
    }
    long winners = ends.stream().filter(Optional::isEmpty).count();
    require(
        winners <= 1,
        winners + " of " + RACERS + " writers at one moment were told that they wrote " + key);
    if (winners == 1) {
      byte[] content = trial.content(key);
      byte[] won = bodies.get(ends.indexOf(Optional.<ErrorKind>empty()));
      require(
          Arrays.equals(content, won), "another writer's bytes are there than the one's who won");
    }
    // Without a winner all were told to try again, or that nobody knows: no promise was broken.
  }

  String deleteIf() throws IOException, CheckFailure {
    ObjectInfo first = trial.put("delete-if", bytes(random, 50), PutOptions.NONE);
    ObjectInfo second = trial.put("delete-if", bytes(random, 60), PutOptions.NONE);
    DeleteOutcome stale = delete("delete-if", first.etag());
    require(
        trial.find("delete-if").isPresent(),
        "a delete under the ETag of what was replaced took what is there");
    require(
        stale.error().equals(Optional.of(ErrorKind.PRECONDITION)),
        "a delete under an old ETag " + ended(stale.errorOrNull()) + ", not as PRECONDITION");
    DeleteOutcome right = delete("delete-if", second.etag());
    require(
        right.error().isEmpty() && trial.find("delete-if").isEmpty(),
        "a delete under the right ETag does not delete: " + right.message());
    return "a delete under an old ETag is refused, and takes nothing";
  }

  private DeleteOutcome delete(String key, String etag) throws IOException, CheckFailure {
    DeleteTarget target = new DeleteTarget(key, Condition.matches(etag));
    DeleteOutcome outcome = trial.call(() -> trial.store().delete(List.of(target))).get(0);
    if (outcome.error().equals(Optional.of(ErrorKind.UNSUPPORTED))) {
      require(
          !trial.can(StoreCapability.CONDITIONAL_DELETE),
          "it says that it can, and refuses: " + outcome.message());
      throw CheckFailure.absent("it says so, and refuses it");
    }
    return outcome;
  }
}
