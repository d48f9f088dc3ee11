// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The records of clusters in the state. Each write replaces the version that was read, or fails.
 * Thread-safe.
 */
final class ClusterRecords {
  private static final String KIND = "cluster.provisioned";
  private static final int PAGE = 1000;

  private final StateStore state;

  ClusterRecords(StateStore state) {
    this.state = state;
  }

  /** A record with its version. */
  record Stored(ClusterRecord record, long version) {}

  Optional<Stored> find(String name) throws IOException {
    Optional<StateRecord> found = state.find(key(name));
    return found.isEmpty() ? Optional.empty() : Optional.of(stored(found.get()));
  }

  List<Stored> list() throws IOException {
    List<Stored> all = new ArrayList<>();
    String after = "";
    List<StateRecord> page;
    do {
      page = state.scan(KIND, "", after, PAGE);
      for (StateRecord record : page) {
        all.add(stored(record));
        after = record.key().id();
      }
    } while (page.size() == PAGE);
    return all;
  }

  private static Stored stored(StateRecord record) throws IOException {
    String name = record.key().id();
    if (record.format() != ClusterRecordJson.FORMAT) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the cluster \""
              + name
              + "\": it has format "
              + record.format()
              + ", this build knows "
              + ClusterRecordJson.FORMAT
              + ". Use the Kmesh release that wrote it.");
    }
    return new Stored(ClusterRecordJson.decode(name, record.payload()), record.version());
  }

  /** The change that writes the record of a name that has none. */
  StateChange added(ClusterRecord record) {
    return put(record, StateChange.ABSENT);
  }

  Stored replace(Stored old, ClusterRecord next) throws IOException {
    state.apply(List.of(put(next, old.version())));
    return new Stored(next, old.version() + 1);
  }

  void remove(Stored old) throws IOException {
    state.apply(List.of(new StateChange.Delete(key(old.record().name()), old.version())));
  }

  private static StateChange put(ClusterRecord record, long expected) {
    return new StateChange.Put(
        key(record.name()),
        "",
        ClusterRecordJson.FORMAT,
        ClusterRecordJson.encode(record),
        expected);
  }

  private static RecordKey key(String name) {
    return new RecordKey(KIND, name);
  }
}
