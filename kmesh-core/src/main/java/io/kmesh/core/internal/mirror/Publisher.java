// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Brings an object to its key and the index along: every step is written down before it is taken,
 * and every write of the store is conditional on what the index records. Thread-safe for different
 * files.
 */
@SuppressWarnings("try") // a lock or a share is held for a block, not used in it
final class Publisher {
  private static final int ROUNDS = 8;

  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final KeyLocks locks;
  private final KeyMover mover;
  private final MirrorKeys keys;
  private final MirrorEvents events;

  Publisher(
      MirrorObjects objects,
      MirrorIndex index,
      KeyLocks locks,
      KeyMover mover,
      MirrorKeys keys,
      MirrorEvents events) {
    this.objects = objects;
    this.index = index;
    this.locks = locks;
    this.mover = mover;
    this.keys = keys;
    this.events = events;
  }

  /** Publishes content that is at hand in one piece. */
  IndexEntry publish(Draft draft, ByteBuffer body, Content.Digests digests, Retrier.Check check)
      throws IOException {
    String pathKey = keys.ofFile(draft.path());
    Optional<IndexEntry> done = publishAt(draft, pathKey, body, digests, check);
    if (done.isEmpty()) {
      done = publishAt(draft, MirrorKeys.byFid(draft.fid(), draft.attempt()), body, digests, check);
    }
    return done.orElseThrow(() -> taken(draft, pathKey));
  }

  private Optional<IndexEntry> publishAt(
      Draft draft, String key, ByteBuffer body, Content.Digests digests, Retrier.Check check)
      throws IOException {
    MirrorAttributes attributes =
        draft.at(key).content(draft.extents(), digests.content(), digests.body());
    SplitAttributes split =
        SplitAttributes.of(attributes.values(), objects.metadataLimit(), Set.of(), draft.sideKey());
    try (KeyLocks.Held held = locks.lock(key)) {
      for (int round = 0; round < ROUNDS; round++) {
        Optional<MirrorIndex.View> claimed = claim(draft.fid(), key);
        if (claimed.isEmpty()) {
          return Optional.empty();
        }
        MirrorIndex.View view = claimed.get();
        Optional<IndexEntry> old = currentAt(view, key);
        Intent.Publish intent =
            new Intent.Publish(
                draft.attempt(),
                draft.fid(),
                key,
                old.isPresent() ? MirrorKeys.KEPT + draft.attempt() : null,
                split.sideKey().orElse(null),
                draft.content(digests.content().toString()),
                null,
                false,
                mover.nowMillis());
        if (!reserve(intent, view, null)) {
          continue;
        }
        try {
          if (intent.sideKey() != null) {
            objects.putSide(check, intent.sideKey(), draft.attempt(), split.side());
          }
          Condition condition = Condition.absent();
          if (old.isPresent()) {
            keep(old.get(), key, MirrorKeys.KEPT + draft.attempt());
            condition = Condition.matches(old.get().etag());
          }
          ObjectInfo info =
              objects.put(check, key, body, split.metadata(), condition, digests.body());
          return Optional.of(finish(intent, info.etag(), view));
        } catch (IOException e) {
          if (!isConflict(e)) {
            Optional<IndexEntry> published = afterFailure(intent, e);
            if (published.isPresent()) {
              return published;
            }
            throw e;
          }
          if (!afterConflict(intent, old)) {
            return Optional.empty();
          }
        }
      }
    }
    throw busy(draft, key);
  }

  /** Copies an object that is about to be replaced aside. */
  void keep(IndexEntry old, String key, String keptKey) throws IOException {
    ObjectInfo there =
        objects
            .find(Retrier.Check.NONE, key)
            .filter(info -> info.etag().equals(old.etag()))
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.PRECONDITION,
                        "Cannot keep the object "
                            + objects.full(key)
                            + ": it is not the one that was stored."));
    objects.copy(there, key, keptKey, new java.util.TreeMap<>(there.metadata()));
  }

  /**
   * Makes a key free for a file, under the key's lock: moves what another file holds there.
   *
   * @return the index's view then, or empty when the key can't be had
   */
  Optional<MirrorIndex.View> claim(Fid fid, String key) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      MirrorIndex.View view = index.view(fid, key);
      if (view.holder().isPresent()) {
        IndexJson.Holder holder = view.holder().get().value();
        if (holder.fid().equals(fid)) {
          if (holder.attemptOrNull() != null) {
            Optional<Intent> stale = index.intent(holder.attemptOrNull());
            if (stale.isPresent() && stale.get() instanceof Intent.Publish p) {
              resolve(p);
              continue;
            }
          }
        } else if (!mover.free(holder, key, fid)) {
          return Optional.empty();
        } else {
          continue;
        }
      }
      boolean isKeptHere =
          view.entry().isPresent()
              && !view.entry().get().value().key().equals(key)
              && view.entry().get().value().isAt(key);
      if (!isKeptHere) {
        return Optional.of(view);
      }
      // The file comes back to a key where its older content is still kept: that goes aside.
      mover.move(view.entry().get(), key, MirrorKeys.KEPT + mover.newAttempt());
    }
    return Optional.empty();
  }

  /** Writes an intent down and takes its key; false when the index changed meanwhile. */
  boolean reserve(
      Intent.Publish intent,
      MirrorIndex.View view,
      @org.jspecify.annotations.Nullable String attemptOnKey)
      throws IOException {
    List<StateChange> changes = new ArrayList<>();
    changes.add(index.put(intent));
    IndexJson.Holder holder = new IndexJson.Holder(intent.fid(), attemptOnKey);
    if (view.holder().isEmpty() || !view.holder().get().value().equals(holder)) {
      changes.add(index.put(intent.key(), holder, view.holderVersion()));
    }
    try {
      index.apply(changes);
      return true;
    } catch (StateConflictException e) {
      return false;
    }
  }

  /** Records that an intent's object is at its key. */
  IndexEntry finish(Intent.Publish intent, String etag, MirrorIndex.View seen) throws IOException {
    MirrorIndex.View view = seen;
    for (int round = 0; ; round++) {
      List<IndexEntry.Kept> kept = new ArrayList<>();
      if (view.entry().isPresent()) {
        IndexEntry old = view.entry().get().value();
        kept.addAll(old.kept());
        if (!old.key().equals(intent.key())) {
          kept.add(old.asKept());
        } else {
          String keptKey = intent.keptKey();
          if (keptKey != null) {
            Optional<ObjectInfo> copy = objects.find(Retrier.Check.NONE, keptKey);
            copy.ifPresent(info -> kept.add(keptOf(keptKey, info)));
          }
        }
      }
      Intent.Content content = intent.content();
      IndexEntry entry =
          new IndexEntry(
              intent.fid(),
              intent.key(),
              etag,
              content.size(),
              Sha256.parse(content.sha256()),
              content.bodySize(),
              content.dataVersion(),
              content.archive(),
              intent.attempt(),
              intent.sideKey(),
              kept);
      List<StateChange> changes =
          new ArrayList<>(index.forget(intent.attempt(), intent.isUpload()));
      changes.add(index.put(entry, view.entryVersion()));
      if (intent.isUpload()) {
        changes.add(
            index.put(intent.key(), new IndexJson.Holder(intent.fid(), null), StateChange.ANY));
      }
      try {
        index.apply(changes);
        return entry;
      } catch (StateConflictException e) {
        if (round == ROUNDS) {
          throw e;
        }
        view = index.view(intent.fid(), intent.key());
      }
    }
  }

  /**
   * Finds out what became of an intent and brings the index to it.
   *
   * @return the entry when it was published; empty when the old content is current
   */
  Optional<IndexEntry> resolve(Intent.Publish intent) throws IOException {
    Optional<ObjectInfo> there = objects.find(Retrier.Check.NONE, intent.key());
    if (there.isPresent()
        && intent.attempt().equals(MirrorObjects.attemptOf(there.get()))
        && !intent.content().sha256().isEmpty()) {
      return Optional.of(
          finish(intent, there.get().etag(), index.view(intent.fid(), intent.key())));
    }
    undo(intent);
    return Optional.empty();
  }

  /** Takes back what an intent that was not published has written. */
  void undo(Intent.Publish intent) throws IOException {
    if (intent.isUpload()) {
      if (intent.uploadId() != null) {
        objects.abort(intent.key(), intent.uploadId());
      } else {
        objects.abortAll(intent.key());
      }
    }
    if (intent.sideKey() != null) {
      objects.deleteOwn(intent.sideKey());
    }
    for (int round = 0; ; round++) {
      MirrorIndex.View view = index.view(intent.fid(), intent.key());
      List<StateChange> changes =
          new ArrayList<>(index.forget(intent.attempt(), intent.isUpload()));
      Optional<IndexEntry> entry = view.entry().map(MirrorIndex.Versioned::value);
      String keptKey = intent.keptKey();
      if (keptKey != null) {
        objects.abortCopies(keptKey);
      }
      if (keptKey != null && entry.isPresent()) {
        // The copy stays listed until the next action settles: should the store still carry out a
        // late
        // write, the content that is current is not lost with it.
        Optional<ObjectInfo> copy = objects.find(Retrier.Check.NONE, keptKey);
        if (copy.isPresent() && !entry.get().isAt(keptKey)) {
          List<IndexEntry.Kept> kept = new ArrayList<>(entry.get().kept());
          kept.add(keptOf(keptKey, copy.get()));
          changes.add(index.put(entry.get().withKept(kept), view.entryVersion()));
        }
      }
      boolean holds =
          view.holder().isPresent() && view.holder().get().value().fid().equals(intent.fid());
      if (holds && (entry.isEmpty() || !entry.get().isAt(intent.key()))) {
        changes.add(index.deleteHolder(intent.key(), view.holderVersion()));
      } else if (holds && view.holder().get().value().attemptOrNull() != null) {
        changes.add(
            index.put(
                intent.key(), new IndexJson.Holder(intent.fid(), null), view.holderVersion()));
      }
      try {
        index.apply(changes);
        return;
      } catch (StateConflictException e) {
        if (round == ROUNDS) {
          throw e;
        }
      }
    }
  }

  private static IndexEntry.Kept keptOf(String key, ObjectInfo info) {
    String attempt = MirrorObjects.attemptOf(info);
    return new IndexEntry.Kept(
        key,
        info.etag(),
        info.metadata().get(MirrorAttributes.SIDE),
        attempt == null ? "" : attempt);
  }

  /** After a failure whose outcome may be either: what the store shows counts. */
  private Optional<IndexEntry> afterFailure(Intent.Publish intent, IOException failure) {
    try {
      return resolve(intent);
    } catch (IOException e) {
      // The intent stays written down; the next archive of the file or the next open decides.
      failure.addSuppressed(e);
      return Optional.empty();
    }
  }

  /**
   * After a condition did not hold: the world is not as the index says.
   *
   * @return whether to try this key again
   */
  boolean afterConflict(Intent.Publish intent, Optional<IndexEntry> old) throws IOException {
    undo(intent);
    Optional<ObjectInfo> there = objects.find(Retrier.Check.NONE, intent.key());
    if (old.isPresent() && there.isEmpty()) {
      events.warn(
          "mirror.object.lost",
          intent.fid().toString(),
          "The object "
              + objects.full(intent.key())
              + " of "
              + intent.fid()
              + " was deleted by somebody else.",
          Map.of("key", objects.full(intent.key()), "fid", intent.fid().toString()));
      MirrorIndex.View view = index.view(intent.fid(), intent.key());
      if (view.entry().isPresent() && view.entry().get().value().kept().isEmpty()) {
        index.apply(List.of(index.deleteEntry(intent.fid(), view.entryVersion())));
        return true;
      }
      return false;
    }
    if (there.isPresent()) {
      String attempt = MirrorObjects.attemptOf(there.get());
      Optional<Intent> own = attempt == null ? Optional.empty() : index.intent(attempt);
      if (own.isPresent()
          && own.get() instanceof Intent.Publish p
          && p.fid().equals(intent.fid())) {
        resolve(p);
        return true;
      }
    }
    events.warn(
        "mirror.key.foreign",
        intent.fid().toString(),
        "The key "
            + objects.full(intent.key())
            + " holds an object that the index does not know; it is left alone and "
            + intent.fid()
            + " takes another key.",
        Map.of("key", objects.full(intent.key()), "fid", intent.fid().toString()));
    return false;
  }

  static boolean isConflict(IOException e) {
    ErrorKind kind = ProviderException.kindOfMutation(e);
    return !(e instanceof StateConflictException)
        && (kind == ErrorKind.PRECONDITION
            || kind == ErrorKind.EXISTS
            || kind == ErrorKind.NOT_FOUND);
  }

  static Optional<IndexEntry> currentAt(MirrorIndex.View view, String key) {
    return view.entry().map(MirrorIndex.Versioned::value).filter(e -> e.key().equals(key));
  }

  private ProviderException taken(Draft draft, String key) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot archive "
            + draft.path()
            + " ("
            + draft.fid()
            + "): neither "
            + objects.full(key)
            + " nor another key could be had. Archive it again.");
  }

  private ProviderException busy(Draft draft, String key) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot archive "
            + draft.path()
            + " ("
            + draft.fid()
            + "): the key "
            + objects.full(key)
            + " keeps changing hands. Archive it again.");
  }

  /**
   * The path that a file is archived under: the one that its object has, else the first by bytes.
   */
  PathBytes choosePath(List<PathBytes> paths, Optional<IndexEntry> entry) {
    PathBytes first = paths.get(0);
    for (PathBytes path : paths) {
      if (entry.isPresent() && keys.ofFile(path).equals(entry.get().key())) {
        return path;
      }
      first = path.compareTo(first) < 0 ? path : first;
    }
    return first;
  }
}
