// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Durable records, events and leases. */
public interface StateStore extends Closeable {
  /** Where it is, for people. */
  String description();

  /** A record, or empty when there is none. */
  Optional<StateRecord> find(RecordKey key) throws IOException;

  /** The records of several keys, in any order; missing ones are left out. */
  List<StateRecord> findAll(List<RecordKey> keys) throws IOException;

  /**
   * Records of a kind by id.
   *
   * @param idPrefix only ids that begin with it
   * @param afterId only ids behind it; empty from the first
   * @param limit the most records, 1 to 10,000
   */
  List<StateRecord> scan(String kind, String idPrefix, String afterId, int limit)
      throws IOException;

  /** The number of records of a kind whose ids begin with a prefix. */
  long count(String kind, String idPrefix) throws IOException;

  /**
   * Applies all changes at once and durably, or none.
   *
   * @throws StateConflictException when a record has not the expected version
   */
  void apply(List<StateChange> changes) throws IOException;

  /** Appends an event and returns its sequence. */
  long append(String owner, String subject, String type, String detail) throws IOException;

  /** Events behind a sequence, in order, at most {@code limit}. */
  List<StateEvent> events(long afterSequence, int limit) throws IOException;

  /**
   * Takes or renews a lease; empty while another holder's has not expired.
   *
   * @param timeToLive how long it lasts without renewal
   */
  Optional<Lease> acquire(String name, String holder, Duration timeToLive) throws IOException;

  /** Gives a lease back; one that is not held any more is no error. */
  void release(Lease lease) throws IOException;

  @Override
  void close() throws IOException;
}
