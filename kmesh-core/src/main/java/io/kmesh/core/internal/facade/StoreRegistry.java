// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.Stores;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.engine.KmeshConfiguration.NamedStore;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The stores by name, with the archive id that each name got when it was first seen: a name keeps
 * its id for ever, since files on Lustre carry the number. Immutable.
 */
final class StoreRegistry implements Stores {
  private static final String KIND = "store.archive";
  private static final int FORMAT = 0;
  private static final int MOST = 10_000;
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");

  private final Map<String, ObjectStore> stores = new TreeMap<>();
  private final Map<String, ArchiveId> archives = new TreeMap<>();

  private StoreRegistry() {}

  static StoreRegistry open(StateStore state, List<NamedStore> named) {
    StoreRegistry registry = new StoreRegistry();
    try {
      Map<String, ArchiveId> known = known(state);
      // The numbers that are asked for first: else a store without one might take it.
      for (NamedStore store : named) {
        if (!store.archiveId().equals(ArchiveId.ANY)) {
          registry.add(state, store, known);
        }
      }
      for (NamedStore store : named) {
        if (store.archiveId().equals(ArchiveId.ANY)) {
          registry.add(state, store, known);
        }
      }
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
    return registry;
  }

  private static Map<String, ArchiveId> known(StateStore state) throws IOException {
    Map<String, ArchiveId> known = new TreeMap<>();
    for (StateRecord record : state.scan(KIND, "", "", MOST)) {
      if (record.format() != FORMAT) {
        throw new KmeshException(
            ErrorKind.INVALID,
            "Cannot read the archive id of the store \""
                + record.key().id()
                + "\": it has format "
                + record.format()
                + ", this build knows "
                + FORMAT
                + ". Use the Kmesh release that wrote it.");
      }
      known.put(record.key().id(), archiveId(record));
    }
    return known;
  }

  private static ArchiveId archiveId(StateRecord record) {
    String number = new String(record.payload(), StandardCharsets.US_ASCII);
    try {
      return ArchiveId.of(Integer.parseInt(number));
    } catch (IllegalArgumentException e) {
      throw new KmeshException(
          ErrorKind.CORRUPT,
          "Cannot read the archive id of the store \""
              + record.key().id()
              + "\": the state says \""
              + number
              + "\". Restore the state from a copy.",
          e);
    }
  }

  private void add(StateStore state, NamedStore named, Map<String, ArchiveId> known)
      throws IOException {
    String name = named.name();
    if (!NAME.matcher(name).matches() || stores.containsKey(name)) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot use the store name \""
              + name
              + "\": "
              + (stores.containsKey(name)
                  ? "it was given twice"
                  : "a name is 1 to 64 of a-z 0-9 . _ -")
              + ". Choose another.");
    }
    ArchiveId kept = known.get(name);
    ArchiveId asked = named.archiveId();
    if (kept != null && !asked.equals(ArchiveId.ANY) && !asked.equals(kept)) {
      throw new SpecConflictException(
          "Cannot use the store \""
              + name
              + "\" as archive "
              + asked
              + ": it has been archive "
              + kept
              + ", and files carry that number. Use "
              + kept
              + ", or another name.",
          List.of("archiveId"));
    }
    if (kept == null) {
      kept = asked.equals(ArchiveId.ANY) ? free(known) : asked;
      for (Map.Entry<String, ArchiveId> other : known.entrySet()) {
        if (other.getValue().equals(kept)) {
          throw new SpecConflictException(
              "Cannot use the store \""
                  + name
                  + "\" as archive "
                  + kept
                  + ": that is \""
                  + other.getKey()
                  + "\". Choose another number.",
              List.of("archiveId"));
        }
      }
      state.apply(
          List.of(
              new StateChange.Put(
                  new RecordKey(KIND, name),
                  "",
                  FORMAT,
                  kept.toString().getBytes(StandardCharsets.US_ASCII),
                  StateChange.ABSENT)));
      known.put(name, kept);
    }
    stores.put(name, named.store());
    archives.put(name, kept);
  }

  private static ArchiveId free(Map<String, ArchiveId> known) {
    TreeSet<Integer> taken = new TreeSet<>();
    known.values().forEach(id -> taken.add(id.value()));
    int id = 1;
    while (taken.contains(id)) {
      id++;
    }
    return ArchiveId.of(id);
  }

  @Override
  public List<String> names() {
    return new ArrayList<>(stores.keySet());
  }

  @Override
  public Optional<ObjectStore> find(String name) {
    return Optional.ofNullable(stores.get(name));
  }

  @Override
  public Optional<ArchiveId> archiveId(String name) {
    return Optional.ofNullable(archives.get(name));
  }
}
