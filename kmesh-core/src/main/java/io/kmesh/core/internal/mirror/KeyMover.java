// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Moves an object from a key that another file wants: copy, index, delete, each written down
 * before. The caller holds the lock of the key that is to be freed.
 */
@SuppressWarnings("try") // a lock or a share is held for a block, not used in it
final class KeyMover {
  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final KeyLocks locks;
  private final MirrorKeys keys;
  private final MirrorEvents events;
  private final MirrorArchive.PathLookup paths;
  private final Supplier<String> attempts;
  private final KmeshTime time;
  private final MirrorArchive.MoveListener moved;

  KeyMover(
      MirrorObjects objects,
      MirrorIndex index,
      KeyLocks locks,
      MirrorKeys keys,
      MirrorEvents events,
      MirrorSettings settings) {
    this.objects = objects;
    this.index = index;
    this.locks = locks;
    this.keys = keys;
    this.events = events;
    this.paths = settings.paths;
    this.attempts = settings.attempts;
    this.time = settings.time;
    this.moved = settings.moved;
  }

  String newAttempt() {
    return attempts.get();
  }

  long nowMillis() {
    return time.now().toEpochMilli();
  }

  /**
   * Frees a key that another file holds.
   *
   * @return false when it can't be freed now: the other file is being archived there
   */
  boolean free(IndexJson.Holder holder, String key, Fid wanter) throws IOException {
    Optional<MirrorIndex.Versioned<IndexEntry>> entry = index.entry(holder.fid());
    if (holder.attemptOrNull() != null || entry.isEmpty() || !entry.get().value().isAt(key)) {
      events.warn(
          "mirror.key.busy",
          wanter.toString(),
          "The key "
              + objects.full(key)
              + " is in use for "
              + holder.fid()
              + "; "
              + wanter
              + " takes another key.",
          Map.of("key", objects.full(key), "fid", wanter.toString()));
      return false;
    }
    if (!entry.get().value().key().equals(key)) {
      return move(entry.get(), key, MirrorKeys.KEPT + newAttempt());
    }
    String target = pathKeyOf(holder.fid(), key);
    if (!target.isEmpty()) {
      Optional<KeyLocks.Held> lock = locks.tryLock(target);
      if (lock.isPresent()) {
        try (KeyLocks.Held held = lock.get()) {
          if (index.holder(target).isEmpty()
              && objects.find(Retrier.Check.NONE, target).isEmpty()) {
            return move(entry.get(), key, target);
          }
        }
      }
    }
    return move(entry.get(), key, MirrorKeys.byFid(holder.fid(), newAttempt()));
  }

  /** The key of where the file is now, when that is another one and says the path; else empty. */
  private String pathKeyOf(Fid fid, String key) {
    try {
      List<PathBytes> now = paths.paths(fid);
      if (!now.isEmpty()) {
        PathBytes first = java.util.Collections.min(now);
        String target = keys.ofFile(first);
        // A long key would need the path, which may be too long for metadata, in a side object of
        // its own.
        return target.equals(key) || !MirrorKeys.saysPath(target) ? "" : target;
      }
    } catch (IOException e) {
      // A name that can't be looked up now only costs the nicer key.
      return "";
    }
    return "";
  }

  /**
   * Moves one object of a file.
   *
   * @return true, also when the object turned out to be gone
   */
  boolean move(MirrorIndex.Versioned<IndexEntry> entry, String from, String to) throws IOException {
    IndexEntry value = entry.value();
    String etag = value.key().equals(from) ? value.etag() : keptAt(value, from).etag();
    Intent.Move intent = new Intent.Move(newAttempt(), value.fid(), from, etag, to);
    List<StateChange> begin = new ArrayList<>(List.of(index.put(intent)));
    if (!to.startsWith(MirrorKeys.KEPT)) {
      begin.add(index.put(to, new IndexJson.Holder(value.fid(), null), StateChange.ABSENT));
    }
    index.apply(begin);
    Optional<ObjectInfo> there =
        objects.find(Retrier.Check.NONE, from).filter(info -> info.etag().equals(etag));
    if (there.isEmpty()) {
      events.warn(
          "mirror.object.lost",
          value.fid().toString(),
          "The object "
              + objects.full(from)
              + " of "
              + value.fid()
              + " was deleted or overwritten by somebody else.",
          Map.of("key", objects.full(from), "fid", value.fid().toString()));
      // The entry keeps saying what was stored, at a key where nothing is: reading it fails by
      // name.
      recordMoved(intent, "");
      drop(intent);
      return true;
    }
    ObjectInfo copy;
    try {
      copy = objects.copy(there.get(), from, to, metadataAt(there.get(), from, to));
    } catch (IOException e) {
      undoAfter(intent, e);
      throw e;
    }
    recordMoved(intent, copy.etag());
    tell(intent, copy.etag());
    objects.delete(from, etag);
    drop(intent);
    events.warn(
        "mirror.object.moved",
        value.fid().toString(),
        "The object of "
            + value.fid()
            + " moved from "
            + objects.full(from)
            + " to "
            + objects.full(to)
            + ", since another file has that path now.",
        Map.of("from", objects.full(from), "to", objects.full(to)));
    return true;
  }

  /** A receipt that can't be brought up to date proves less than it could, and costs no data. */
  private void tell(Intent.Move intent, String etag) {
    if (intent.to().startsWith(MirrorKeys.KEPT)) {
      return;
    }
    try {
      moved.moved(intent.fid(), objects.full(intent.from()), objects.full(intent.to()), etag);
    } catch (IOException e) {
      events.warn(
          "mirror.move.untold",
          intent.fid().toString(),
          "The object of "
              + intent.fid()
              + " is "
              + objects.full(intent.to())
              + " now, and its receipt could not be told: "
              + e.getMessage(),
          Map.of("key", objects.full(intent.to()), "fid", intent.fid().toString()));
    }
  }

  /** Finishes or takes back a move that was found in the journal. */
  void recover(Intent.Move intent) throws IOException {
    Optional<MirrorIndex.Versioned<IndexEntry>> entry = index.entry(intent.fid());
    if (entry.isPresent() && entry.get().value().isAt(intent.to())) {
      tell(intent, entry.get().value().etag());
      objects.delete(intent.from(), intent.etag());
      drop(intent);
    } else {
      undo(intent);
    }
  }

  private void undoAfter(Intent.Move intent, IOException failure) {
    try {
      undo(intent);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void undo(Intent.Move intent) throws IOException {
    objects.abortCopies(intent.to());
    Optional<ObjectInfo> source = objects.find(Retrier.Check.NONE, intent.from());
    Optional<ObjectInfo> copy = objects.find(Retrier.Check.NONE, intent.to());
    boolean isOurs =
        copy.isPresent()
            && source.isPresent()
            && MirrorObjects.attemptOf(copy.get()) != null
            && java.util.Objects.equals(
                MirrorObjects.attemptOf(copy.get()), MirrorObjects.attemptOf(source.get()));
    if (isOurs) {
      objects.delete(intent.to(), copy.get().etag());
    }
    List<StateChange> changes = new ArrayList<>(index.forget(intent.attempt(), false));
    Optional<MirrorIndex.Versioned<IndexJson.Holder>> holder = index.holder(intent.to());
    if (holder.isPresent() && holder.get().value().fid().equals(intent.fid())) {
      changes.add(index.deleteHolder(intent.to(), holder.get().version()));
    }
    index.apply(changes);
  }

  private void recordMoved(Intent.Move intent, String etag) throws IOException {
    for (int round = 0; ; round++) {
      Optional<MirrorIndex.Versioned<IndexEntry>> entry = index.entry(intent.fid());
      if (entry.isEmpty() || !entry.get().value().isAt(intent.from())) {
        return;
      }
      IndexEntry moved = entry.get().value().moved(intent.from(), intent.to(), etag);
      try {
        index.apply(List.of(index.put(moved, entry.get().version())));
        return;
      } catch (StateConflictException e) {
        if (round == 8) {
          throw e;
        }
      }
    }
  }

  /** Forgets a move that is complete: its old key is nobody's. */
  private void drop(Intent.Move intent) throws IOException {
    List<StateChange> changes = new ArrayList<>(index.forget(intent.attempt(), false));
    Optional<MirrorIndex.Versioned<IndexJson.Holder>> holder = index.holder(intent.from());
    if (holder.isPresent() && holder.get().value().fid().equals(intent.fid())) {
      changes.add(index.deleteHolder(intent.from(), holder.get().version()));
    }
    index.apply(changes);
  }

  /** An object's metadata, with the path that its key says until now, where the store takes it. */
  private SortedMap<String, String> withPath(ObjectInfo info, String key) {
    TreeMap<String, String> metadata = new TreeMap<>(info.metadata());
    if (MirrorKeys.saysPath(key) && !metadata.containsKey(MirrorAttributes.PATH)) {
      try {
        String path =
            java.util.Base64.getEncoder().encodeToString(MirrorKeys.pathOf(key).toBytes());
        metadata.put(MirrorAttributes.PATH, path);
        if (SplitAttributes.sizeOf(metadata) > objects.store().limits().maxMetadata().bytes()) {
          // Only the FID names the file then.
          metadata.remove(MirrorAttributes.PATH);
        }
      } catch (ProviderException e) {
        // The key is one of ours and says a path; a foreign one's path is of no use.
        return metadata;
      }
    }
    return metadata;
  }

  private SortedMap<String, String> metadataAt(ObjectInfo info, String from, String to) {
    SortedMap<String, String> metadata = withPath(info, from);
    if (MirrorKeys.saysPath(to)) {
      metadata.remove(MirrorAttributes.PATH);
    }
    return metadata;
  }

  private static IndexEntry.Kept keptAt(IndexEntry entry, String key) throws ProviderException {
    for (IndexEntry.Kept kept : entry.kept()) {
      if (kept.key().equals(key)) {
        return kept;
      }
    }
    throw new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot move the object " + key + ": the index changed meanwhile. Try again.");
  }
}
