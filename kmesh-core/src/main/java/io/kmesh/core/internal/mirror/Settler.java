// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Deletes what a file's objects were: replaced ones once an action ended, all of them on a removal.
 */
@SuppressWarnings("try") // a lock or a share is held for a block, not used in it
final class Settler {
  private static final int ROUNDS = 8;

  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final KeyLocks locks;
  private final MirrorEvents events;

  Settler(MirrorObjects objects, MirrorIndex index, KeyLocks locks, MirrorEvents events) {
    this.objects = objects;
    this.index = index;
    this.locks = locks;
    this.events = events;
  }

  /** An entry as the archive SPI says it. */
  ArchivedObject archived(IndexEntry entry, MirrorObjects where) {
    return new ArchivedObject(where.full(entry.key()), entry.etag(), entry.size(), entry.sha256());
  }

  /** Deletes the replaced objects of a file. */
  void settle(Fid fid) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      Optional<MirrorIndex.Versioned<IndexEntry>> entry = index.entry(fid);
      if (entry.isEmpty() || entry.get().value().kept().isEmpty()) {
        return;
      }
      IndexEntry value = entry.get().value();
      for (IndexEntry.Kept kept : value.kept()) {
        delete(fid, kept.key(), kept.etag());
        deleteSide(kept.side(), value.side());
      }
      List<StateChange> changes = new ArrayList<>();
      changes.add(index.put(value.withKept(List.of()), entry.get().version()));
      for (IndexEntry.Kept kept : value.kept()) {
        if (!kept.key().equals(value.key())) {
          forgetHolder(fid, kept.key(), changes);
        }
      }
      if (applied(changes)) {
        return;
      }
    }
  }

  /**
   * Removes all that is stored of a file.
   *
   * @return whether its current object was there
   */
  boolean removeAll(Fid fid, String attempt) throws IOException {
    boolean wasThere = false;
    for (int round = 0; round < ROUNDS; round++) {
      List<StateChange> changes = new ArrayList<>(index.forget(attempt, false));
      Optional<MirrorIndex.Versioned<IndexEntry>> entry = index.entry(fid);
      if (entry.isPresent()) {
        IndexEntry value = entry.get().value();
        Optional<ObjectInfo> there = objects.find(Retrier.Check.NONE, value.key());
        wasThere |= there.filter(info -> info.etag().equals(value.etag())).isPresent();
        delete(fid, value.key(), value.etag());
        deleteSide(value.side(), Optional.empty());
        Set<String> keys = new HashSet<>(Set.of(value.key()));
        for (IndexEntry.Kept kept : value.kept()) {
          delete(fid, kept.key(), kept.etag());
          deleteSide(kept.side(), Optional.empty());
          keys.add(kept.key());
        }
        changes.add(index.deleteEntry(fid, entry.get().version()));
        for (String key : keys) {
          forgetHolder(fid, key, changes);
        }
      }
      if (applied(changes)) {
        return wasThere;
      }
    }
    throw new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot remove " + fid + ": the index keeps changing. Remove it again.");
  }

  private boolean applied(List<StateChange> changes) throws IOException {
    try {
      index.apply(changes);
      return true;
    } catch (StateConflictException e) {
      return false;
    }
  }

  private void forgetHolder(Fid fid, String key, List<StateChange> changes) throws IOException {
    if (key.startsWith(MirrorKeys.KEPT)) {
      return;
    }
    Optional<MirrorIndex.Versioned<IndexJson.Holder>> holder = index.holder(key);
    if (holder.isPresent() && holder.get().value().fid().equals(fid)) {
      changes.add(index.deleteHolder(key, holder.get().version()));
    }
  }

  private void deleteSide(Optional<String> side, Optional<String> inUse) throws IOException {
    if (side.isPresent() && !side.equals(inUse) && side.get().startsWith(MirrorKeys.SIDE)) {
      objects.deleteOwn(side.get());
    }
  }

  private void delete(Fid fid, String key, String etag) throws IOException {
    try (KeyLocks.Held held = locks.lock(key)) {
      if (etag.isEmpty() || objects.delete(key, etag) == MirrorObjects.Deletion.GONE) {
        return;
      }
    }
    events.warn(
        "mirror.object.replaced",
        fid.toString(),
        "The object "
            + objects.full(key)
            + " of "
            + fid
            + " was overwritten by somebody else; what is there now is left alone.",
        Map.of("key", objects.full(key), "fid", fid.toString()));
  }
}
