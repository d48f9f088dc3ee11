// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds what became of the steps of a push that did not end, by asking the store for each key. What
 * was not done is left to the next push; what was done is written down, with attributes that are
 * taken as unknown, so that the next push writes them again where that matters. The caller holds
 * the lock.
 */
final class PushRecovery {
  private final TreeIndex index;
  private final MirrorObjects objects;
  private final long largestPut;

  /** Of a key to which an object was to be copied, and where none is, the key of that object. */
  private final Map<String, String> origins = new HashMap<>();

  /** The attempts of the objects that were to be copied, by key. */
  private final Map<String, String> attempts = new HashMap<>();

  PushRecovery(TreeIndex index, MirrorObjects objects, long largestPut) {
    this.index = index;
    this.objects = objects;
    this.largestPut = largestPut;
  }

  /** Looks at all steps; one commit at the end says what was found. */
  void run(boolean isFresh) throws IOException {
    List<Intent> intents = new ArrayList<>();
    try (Rows<Intent> rows = index.intents()) {
      while (rows.next()) {
        intents.add(rows.row());
      }
    }
    origins.clear();
    attempts.clear();
    for (Intent intent : intents) {
      StoredObject from = index.object(intent.from());
      if (from != null) {
        attempts.put(intent.from(), from.attempt());
      }
    }
    for (Intent intent : intents) {
      recover(intent, isFresh);
      index.removeIntent(intent.number());
    }
    if (!intents.isEmpty()) {
      index.commit();
    }
  }

  private void recover(Intent intent, boolean isFresh) throws IOException {
    Optional<ObjectInfo> there = objects.find(Retrier.Check.NONE, intent.key());
    StoredObject known = index.object(intent.key());
    if (intent.kind() == Intent.Kind.DELETE) {
      if (there.isEmpty() && known != null) {
        dropSide(known.side(), null);
        index.removeObject(intent.key());
      }
      return;
    }
    String ownSide = MirrorKeys.SIDE + intent.attempt();
    boolean isDone = there.isPresent() && isWrittenBy(intent, there.get(), known);
    if (!isDone) {
      if (there.isEmpty() && intent.kind() == Intent.Kind.COPY) {
        // It may have been copied on from here, and removed.
        origins.put(intent.key(), origin(intent));
      }
      dropSide(ownSide, null);
      abortUpload(intent);
      return;
    }
    dropSide(known == null ? "" : known.side(), there.get());
    written(intent, there.get(), isFresh);
  }

  private boolean isWrittenBy(Intent intent, ObjectInfo there, @Nullable StoredObject known) {
    String attempt = MirrorObjects.attemptOf(there);
    if (intent.attempt().equals(attempt)) {
      return true;
    }
    boolean isCopy = intent.kind() == Intent.Kind.COPY && !intent.from().equals(intent.key());
    boolean isKnown = known != null && known.etag().equals(there.etag());
    return isCopy && !isKnown && attempt != null && attempt.equals(attempts.get(origin(intent)));
  }

  private String origin(Intent intent) {
    return origins.getOrDefault(intent.from(), intent.from());
  }

  private void dropSide(String side, @Nullable ObjectInfo there) throws IOException {
    String used = there == null ? null : there.metadata().get(MirrorAttributes.SIDE);
    if (side.startsWith(MirrorKeys.SIDE) && !side.equals(used)) {
      objects.deleteOwn(side);
    }
  }

  private void abortUpload(Intent intent) throws IOException {
    Inode inode = index.inode(intent.inode());
    if (intent.kind() == Intent.Kind.COPY
        || (inode != null && inode.isRegular() && inode.size() > largestPut)) {
      objects.abortAll(intent.key());
    }
  }

  private void written(Intent intent, ObjectInfo there, boolean isFresh) throws IOException {
    MirrorAttributes attributes = objects.attributes(Retrier.Check.NONE, intent.key(), there);
    boolean isLink = attributes.type().equals(MirrorAttributes.TYPE_HARD_LINK);
    index.put(
        new StoredObject(
            intent.key(),
            there.etag(),
            there.size(),
            FileTime.of(there.lastModified()),
            attributes.text(MirrorAttributes.SIDE).orElse(""),
            attributes.text(MirrorAttributes.ATTEMPT).orElse(""),
            null,
            intent.inode(),
            0,
            PathBytes.EMPTY,
            isLink ? attributes.target(intent.key()) : PathBytes.EMPTY,
            null));
    Inode inode = index.inode(intent.inode());
    if (inode == null || isLink) {
      return;
    }
    index.addChanges(inode.number(), Change.ATTRIBUTES);
    Body body = inode.body();
    boolean isCopied =
        intent.kind() == Intent.Kind.COPY
            && body instanceof Body.InObject object
            && object.key().equals(origin(intent));
    boolean isSent = isFresh && intent.kind() == Intent.Kind.PUT && body instanceof Body.Spooled;
    if (isCopied || isSent) {
      index.put(
          inode.withBody(inode.size(), Body.InObject.of(intent.key(), there.etag(), attributes)));
    }
  }
}
