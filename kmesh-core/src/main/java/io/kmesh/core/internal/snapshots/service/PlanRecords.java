// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What the state keeps of plans while their operations may need it: that one has begun, and what it
 * may do, 8 bytes for each part of it in records of {@value #CHUNK}. Format:
 * docs/format/operations.md. Thread-safe.
 */
final class PlanRecords {
  private static final int FORMAT = 0;
  private static final int CHUNK = 4096;
  private static final int PAGE = 100;

  private final StateStore state;
  private final String kind;
  private final String begun;

  /**
   * The plans of a kind.
   *
   * @param kind the kind of records with what plans may do
   * @param begun the kind of records that say that one has begun
   */
  PlanRecords(StateStore state, String kind, String begun) {
    this.state = state;
    this.kind = kind;
    this.begun = begun;
  }

  /** Keeps what a plan may do. */
  void keep(String plan, long[] all) throws IOException {
    for (int from = 0, chunk = 0; from == 0 || from < all.length; from += CHUNK, chunk++) {
      int count = Math.min(CHUNK, all.length - from);
      ByteBuffer bytes = ByteBuffer.allocate(8 * count);
      bytes.asLongBuffer().put(all, from, count);
      state.apply(
          List.of(
              new StateChange.Put(
                  new RecordKey(kind, String.format(Locale.ROOT, "%s/%08d", plan, chunk)),
                  "",
                  FORMAT,
                  bytes.array(),
                  StateChange.ABSENT)));
    }
  }

  /** Whether a number is among some that are sorted. */
  static boolean has(long[] sorted, long value) {
    return Arrays.binarySearch(sorted, value) >= 0;
  }

  /** Whether an operation may have written something. */
  boolean isBegun(String operation) throws IOException {
    return state.find(new RecordKey(begun, operation)).isPresent();
  }

  /** Notes that an operation is about to write. */
  void begin(String operation) throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(begun, operation), "", FORMAT, new byte[0], StateChange.ANY)));
  }

  /** What a plan may do, sorted. */
  long[] planned(String plan) throws IOException {
    LongStream.Builder all = LongStream.builder();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(kind, plan + "/", after, PAGE);
      for (StateRecord record : page) {
        after = record.key().id();
        ByteBuffer bytes = ByteBuffer.wrap(record.payload());
        if (record.format() != FORMAT || bytes.remaining() % 8 != 0) {
          throw new ProviderException(
              ErrorKind.CORRUPT,
              "Cannot apply the plan " + plan + ": its record is damaged. Plan again.");
        }
        while (bytes.hasRemaining()) {
          all.add(bytes.getLong());
        }
      }
      if (page.size() < PAGE) {
        break;
      }
    }
    if (after.isEmpty()) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot apply the plan " + plan + ": the state does not have it. Plan again.");
    }
    return all.build().sorted().toArray();
  }

  /**
   * Forgets all plans but some.
   *
   * @return how many records went
   */
  long forgetOthers(Set<String> plans) throws IOException {
    return forgetOthers(state, kind, plans) + forgetOthers(state, begun, plans);
  }

  /** Forgets the records of a kind but those of some operations; gives how many went. */
  static long forgetOthers(StateStore state, String of, Set<String> plans) throws IOException {
    long forgotten = 0;
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(of, "", after, PAGE);
      List<StateChange> deletes = new ArrayList<>();
      for (StateRecord record : page) {
        after = record.key().id();
        int slash = after.lastIndexOf('/');
        if (!plans.contains(slash < 0 ? after : after.substring(0, slash))) {
          deletes.add(new StateChange.Delete(record.key(), StateChange.ANY));
        }
      }
      if (!deletes.isEmpty()) {
        state.apply(deletes);
        forgotten += deletes.size();
      }
      if (page.size() < PAGE) {
        return forgotten;
      }
    }
  }
}
