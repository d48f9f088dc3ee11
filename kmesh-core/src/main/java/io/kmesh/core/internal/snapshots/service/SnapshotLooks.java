// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotMatch;
import io.kmesh.snapshots.SnapshotQuery;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds snapshots, for someone. Thread-safe. */
final class SnapshotLooks {
  private final SnapshotParts parts;
  private final SnapshotMeans means;
  private final @Nullable Caller caller;

  /**
   * What someone finds.
   *
   * @param caller null for whoever has the key
   */
  SnapshotLooks(SnapshotParts parts, SnapshotMeans means, @Nullable Caller caller) {
    this.parts = parts;
    this.means = means;
    this.caller = caller;
  }

  List<Snapshot> list(SnapshotQuery query) {
    List<Snapshot> found = new ArrayList<>();
    for (String repository : repositories(query)) {
      for (SnapshotStore.Known known : Calls.read(() -> parts.store(repository, caller).known())) {
        SnapshotFacts facts = SnapshotFacts.of(repository, known);
        if (fits(facts, query)) {
          found.add(new StoredSnapshot(means, facts, caller));
        }
      }
    }
    found.sort(Comparator.comparing(Snapshot::time).thenComparing(Snapshot::id));
    return found;
  }

  /** Those that are meant and exist. */
  private List<String> repositories(SnapshotQuery query) {
    if (query.repository().isPresent()) {
      return List.of(query.repository().get());
    }
    return parts.repositories().names().stream()
        .filter(name -> Calls.read(() -> parts.repositories().find(name)).isPresent())
        .toList();
  }

  private static boolean fits(SnapshotFacts facts, SnapshotQuery query) {
    return query.name().map(facts.name()::equals).orElse(true)
        && query.source().map(facts.source()::equals).orElse(true)
        && query.tags().entrySet().stream()
            .allMatch(
                tag ->
                    facts.tags().containsKey(tag.getKey())
                        && (tag.getValue().isEmpty()
                            || tag.getValue().equals(facts.tags().get(tag.getKey()))));
  }

  Optional<Snapshot> find(String repository, String text) {
    try {
      return Optional.of(
          new StoredSnapshot(
              means,
              SnapshotFacts.of(repository, parts.store(repository, caller).known(text)),
              caller));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND
          && Calls.read(() -> parts.repositories().find(repository)).isPresent()) {
        return Optional.empty();
      }
      throw KmeshException.ofRead(e);
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  void findEntries(String glob, SnapshotQuery in, Consumer<SnapshotMatch> visitor) {
    for (Snapshot snapshot : list(in)) {
      snapshot.find(glob, entry -> visitor.accept(new SnapshotMatch(snapshot, entry)));
    }
  }
}
