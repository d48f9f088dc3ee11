// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static io.kmesh.store.CheckFailure.require;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What every store has to do with one object. One thread. */
final class ReadChecks {
  private static final int ROUNDS = 10;

  private final Trial trial;
  private final Random random;

  ReadChecks(Trial trial, Random random) {
    this.trial = trial;
    this.random = random;
  }

  String writeAndRead() throws IOException, CheckFailure {
    for (int size : new int[] {0, 1, 100_000}) {
      byte[] body = bytes(random, size);
      ObjectInfo put = trial.put("read/" + size, body, PutOptions.NONE);
      ObjectInfo head = trial.head("read/" + size);
      require(head.size() == size, size + " bytes were put, and " + head.size() + " are told");
      require(
          put.etag().equals(head.etag()) && !head.etag().isEmpty(),
          "the ETag of a put, " + put.etag() + ", is not that of a look, " + head.etag());
      require(
          Arrays.equals(trial.content("read/" + size), body),
          "what is read of " + size + " bytes is not what was put");
    }
    String etag = trial.head("read/1").etag();
    trial.put("read/1", new byte[] {(byte) ~trial.content("read/1")[0]}, PutOptions.NONE);
    require(!trial.head("read/1").etag().equals(etag), "an ETag stays when other bytes are put");
    return "objects of 0, 1 and 100,000 bytes are read as they were put";
  }

  String range() throws IOException, CheckFailure {
    byte[] body = bytes(random, 100_000);
    ObjectInfo put = trial.put("range", body, PutOptions.NONE);
    int[][] ranges = {{0, 1}, {0, 100_000}, {99_999, 10}, {50_000, 1234}, {100_000, 5}, {7, 0}};
    for (int[] range : ranges) {
      ObjectRange read = trial.read("range", range[0], range[1], Condition.none());
      int end = Math.min(body.length, range[0] + range[1]);
      byte[] expected = Arrays.copyOfRange(body, Math.min(range[0], end), end);
      require(
          read.data().equals(ByteBuffer.wrap(expected)),
          range[1]
              + " bytes from "
              + range[0]
              + " are not what was put: "
              + read.data().remaining()
              + " came");
    }
    trial.read("range", 0, 1, Condition.matches(put.etag()));
    trial.put("range", bytes(random, 100), PutOptions.NONE);
    ErrorKind kind =
        trial.failureOf(() -> trial.store().read("range", 0, 1, Condition.matches(put.etag())));
    require(
        kind == ErrorKind.PRECONDITION,
        "a read under the ETag of what was replaced " + ended(kind) + ", not as PRECONDITION");
    return "ranges at the beginning, within, at the end and behind it, under an ETag too";
  }

  String missing() throws IOException, CheckFailure {
    ErrorKind head = trial.failureOf(() -> trial.store().head("missing"));
    require(head == ErrorKind.NOT_FOUND, "a look " + ended(head) + ", not as NOT_FOUND");
    ErrorKind read = trial.failureOf(() -> trial.store().read("missing", 0, 10, Condition.none()));
    require(read == ErrorKind.NOT_FOUND, "a read " + ended(read) + ", not as NOT_FOUND");
    return "a look and a read end as NOT_FOUND";
  }

  String delete() throws IOException, CheckFailure {
    int count = Math.min(5, trial.store().limits().deleteBatch());
    List<DeleteTarget> targets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      trial.put("delete/" + i, new byte[1], PutOptions.NONE);
      targets.add(DeleteTarget.of("delete/" + i));
    }
    trial.put("delete/stays", new byte[1], PutOptions.NONE);
    for (int again = 0; again < 2; again++) {
      for (DeleteOutcome outcome : trial.call(() -> trial.store().delete(targets))) {
        require(
            outcome.error().isEmpty(),
            (again == 0 ? "a delete" : "a delete of what is gone")
                + " of "
                + outcome.key()
                + " fails: "
                + outcome.message());
      }
      for (DeleteTarget target : targets) {
        require(trial.find(target.key()).isEmpty(), target.key() + " is there after its delete");
      }
    }
    require(trial.find("delete/stays").isPresent(), "a delete took what was not named");
    return count + " keys with one call; what is gone already is no error";
  }

  String consistency() throws IOException, CheckFailure {
    String key = "seen/at-once";
    for (int i = 0; i < ROUNDS; i++) {
      byte[] body = bytes(random, 100 + i);
      trial.put(key, body, PutOptions.NONE);
      require(
          Arrays.equals(trial.content(key), body),
          "a read right after a put gives what was before");
      require(
          trial.keys("seen/", 10).contains(key), "a list right after a put does not have the key");
      trial.call(() -> trial.store().delete(List.of(DeleteTarget.of(key))));
      require(trial.find(key).isEmpty(), "a look right after a delete finds what is gone");
      require(
          !trial.keys("seen/", 10).contains(key), "a list right after a delete has the key still");
    }
    if (!trial.can(StoreCapability.STRONG_CONSISTENCY)) {
      throw CheckFailure.absent("it does not promise it; " + ROUNDS + " tries saw it hold");
    }
    return "reads and lists showed each of " + 2 * ROUNDS + " changes at once";
  }

  static byte[] bytes(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  /** How a call ended, for a sentence. */
  static String ended(@Nullable ErrorKind kind) {
    return kind == null ? "succeeds" : "ends as " + kind;
  }
}
