// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The mirror's records in the state store. Thread-safe. */
final class MirrorIndex {
  private static final String ENTRY = "mirror.entry";
  private static final String KEY = "mirror.key";
  private static final String INTENT = "mirror.intent";
  private static final String PART = "mirror.part";
  private static final String OWNER = "";
  private static final int PAGE = 1000;

  private final StateStore state;
  private final String idPrefix;

  MirrorIndex(StateStore state, String name) {
    this.state = state;
    this.idPrefix = name + "/";
  }

  /** A record with its version. */
  record Versioned<T>(T value, long version) {}

  /** What is recorded of a file and of a key. */
  record View(Optional<Versioned<IndexEntry>> entry, Optional<Versioned<IndexJson.Holder>> holder) {
    long entryVersion() {
      return entry.map(Versioned::version).orElse(StateChange.ABSENT);
    }

    long holderVersion() {
      return holder.map(Versioned::version).orElse(StateChange.ABSENT);
    }
  }

  View view(Fid fid, String key) throws IOException {
    Optional<Versioned<IndexEntry>> entry = Optional.empty();
    Optional<Versioned<IndexJson.Holder>> holder = Optional.empty();
    for (StateRecord record : state.findAll(List.of(entryKey(fid), holderKey(key)))) {
      if (record.key().kind().equals(ENTRY)) {
        entry = Optional.of(entry(record));
      } else {
        holder = Optional.of(holder(record));
      }
    }
    return new View(entry, holder);
  }

  Optional<Versioned<IndexEntry>> entry(Fid fid) throws IOException {
    Optional<StateRecord> record = state.find(entryKey(fid));
    return record.isPresent() ? Optional.of(entry(record.get())) : Optional.empty();
  }

  /** The files that have an entry, in the order of their FIDs' text. */
  List<Fid> fids(Optional<Fid> after, int limit) throws IOException {
    List<Fid> fids = new ArrayList<>();
    for (StateRecord record :
        state.scan(ENTRY, idPrefix, after.map(fid -> entryKey(fid).id()).orElse(""), limit)) {
      fids.add(entry(record).value().fid());
    }
    return fids;
  }

  Optional<Versioned<IndexJson.Holder>> holder(String key) throws IOException {
    Optional<StateRecord> record = state.find(holderKey(key));
    return record.isPresent() ? Optional.of(holder(record.get())) : Optional.empty();
  }

  Optional<Intent> intent(String attempt) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(INTENT, idPrefix + attempt));
    return record.isPresent() ? Optional.of(intent(record.get())) : Optional.empty();
  }

  /** All intents; there are as many as actions under way. */
  List<Intent> intents() throws IOException {
    List<Intent> intents = new ArrayList<>();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(INTENT, idPrefix, after, PAGE);
      for (StateRecord record : page) {
        intents.add(intent(record));
        after = record.key().id();
      }
      if (page.size() < PAGE) {
        return intents;
      }
    }
  }

  List<IndexJson.JournalledPart> parts(String attempt) throws IOException {
    List<IndexJson.JournalledPart> parts = new ArrayList<>();
    String after = "";
    while (true) {
      List<StateRecord> page = state.scan(PART, idPrefix + attempt + "/", after, PAGE);
      for (StateRecord record : page) {
        check(record);
        parts.add(IndexJson.part(record.key().id(), record.payload()));
        after = record.key().id();
      }
      if (page.size() < PAGE) {
        return parts;
      }
    }
  }

  /** The changes that forget an intent with its parts. */
  List<StateChange> forget(String attempt, boolean withParts) throws IOException {
    List<StateChange> changes = new ArrayList<>();
    changes.add(new StateChange.Delete(new RecordKey(INTENT, idPrefix + attempt), StateChange.ANY));
    if (withParts) {
      for (IndexJson.JournalledPart part : parts(attempt)) {
        changes.add(
            new StateChange.Delete(partKey(attempt, part.part().number()), StateChange.ANY));
      }
    }
    return changes;
  }

  StateChange put(IndexEntry entry, long expected) {
    return change(entryKey(entry.fid()), IndexJson.entry(entry), expected);
  }

  StateChange put(String key, IndexJson.Holder holder, long expected) {
    return change(holderKey(key), IndexJson.holder(holder), expected);
  }

  StateChange put(Intent intent) {
    return change(
        new RecordKey(INTENT, idPrefix + intent.attempt()),
        IndexJson.intent(intent),
        StateChange.ANY);
  }

  StateChange put(String attempt, IndexJson.JournalledPart part) {
    return change(partKey(attempt, part.part().number()), IndexJson.part(part), StateChange.ANY);
  }

  StateChange deleteEntry(Fid fid, long expected) {
    return new StateChange.Delete(entryKey(fid), expected);
  }

  StateChange deleteHolder(String key, long expected) {
    return new StateChange.Delete(holderKey(key), expected);
  }

  void apply(List<StateChange> changes) throws IOException {
    state.apply(changes);
  }

  private Versioned<IndexEntry> entry(StateRecord record) throws IOException {
    check(record);
    return new Versioned<>(IndexJson.entry(record.key().id(), record.payload()), record.version());
  }

  private Versioned<IndexJson.Holder> holder(StateRecord record) throws IOException {
    check(record);
    return new Versioned<>(IndexJson.holder(record.key().id(), record.payload()), record.version());
  }

  private Intent intent(StateRecord record) throws IOException {
    check(record);
    return IndexJson.intent(record.key().id(), record.payload());
  }

  private static void check(StateRecord record) throws ProviderException {
    if (record.format() != IndexJson.FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the mirror's index at "
              + record.key().id()
              + ": its format is "
              + record.format()
              + ", this Kmesh knows "
              + IndexJson.FORMAT
              + ". Use the Kmesh that wrote it.");
    }
  }

  private StateChange change(RecordKey key, byte[] payload, long expected) {
    return new StateChange.Put(key, OWNER, IndexJson.FORMAT, payload, expected);
  }

  private RecordKey entryKey(Fid fid) {
    return new RecordKey(ENTRY, idPrefix + fid);
  }

  private RecordKey holderKey(String key) {
    return new RecordKey(KEY, idPrefix + key);
  }

  private RecordKey partKey(String attempt, int number) {
    return new RecordKey(
        PART, idPrefix + attempt + "/" + String.format(Locale.ROOT, "%05d", number));
  }
}
