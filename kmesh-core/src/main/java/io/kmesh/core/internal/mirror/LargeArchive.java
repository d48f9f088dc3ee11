// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A large file whose parts are in the store; the commit completes the upload at its key. */
@SuppressWarnings("try") // a lock or a share is held for a block, not used in it
final class LargeArchive implements PendingArchive {
  private final Publisher publisher;
  private final Settler settler;
  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final KeyLocks locks;
  private final Draft draft;
  private final Content.Digests digests;
  private final List<UploadPart> parts;
  private final SortedMap<String, String> side;
  private final Retrier.Check check;
  private Intent.Publish intent;
  private boolean isCommitted;
  private boolean hasReplaced;
  private boolean isClosed;

  LargeArchive(
      Publisher publisher,
      Settler settler,
      MirrorObjects objects,
      MirrorIndex index,
      KeyLocks locks,
      Draft draft,
      Intent.Publish intent,
      Content.Digests digests,
      List<UploadPart> parts,
      SortedMap<String, String> side,
      Retrier.Check check) {
    this.publisher = publisher;
    this.settler = settler;
    this.objects = objects;
    this.index = index;
    this.locks = locks;
    this.draft = draft;
    this.intent = intent;
    this.digests = digests;
    this.parts = List.copyOf(parts);
    this.side = new TreeMap<>(side);
    this.check = check;
  }

  @Override
  public ArchivedObject commit() throws IOException {
    if (isCommitted || isClosed) {
      throw new IllegalStateException(
          "Cannot commit the archive of " + draft.fid() + ": it was committed or closed before.");
    }
    String key = intent.key();
    try (KeyLocks.Held held = locks.lock(key)) {
      MirrorIndex.View view = index.view(draft.fid(), key);
      boolean isReserved =
          view.holder().filter(h -> draft.attempt().equals(h.value().attemptOrNull())).isPresent();
      if (!isReserved) {
        throw new ProviderException(
            ErrorKind.TRANSIENT,
            "Cannot publish "
                + draft.path()
                + " ("
                + draft.fid()
                + "): its key "
                + objects.full(key)
                + " was taken meanwhile. Archive it again.");
      }
      Optional<IndexEntry> old = Publisher.currentAt(view, key);
      intent =
          intent.withContent(
              draft.content(digests.content().toString()),
              old.isPresent() ? MirrorKeys.KEPT + draft.attempt() : null);
      index.apply(List.of(index.put(intent)));
      IndexEntry entry;
      try {
        objects.putSide(check, draft.sideKey(), draft.attempt(), side);
        Condition condition = Condition.absent();
        if (old.isPresent()) {
          publisher.keep(old.get(), key, MirrorKeys.KEPT + draft.attempt());
          condition = Condition.matches(old.get().etag());
        }
        Upload upload =
            new Upload(objects.full(key), java.util.Objects.requireNonNull(intent.uploadId()));
        ObjectInfo info =
            objects.complete(
                check,
                upload,
                key,
                draft.attempt(),
                parts,
                condition,
                intent.content().bodySize(),
                digests.body());
        entry = publisher.finish(intent, info.etag(), view);
      } catch (IOException e) {
        entry = resolved(e, old);
      }
      isCommitted = true;
      hasReplaced = !entry.kept().isEmpty();
      return settler.archived(entry, objects);
    }
  }

  /** Decides after a failure by what the store shows. */
  private IndexEntry resolved(IOException failure, Optional<IndexEntry> old) throws IOException {
    try {
      if (Publisher.isConflict(failure)) {
        publisher.afterConflict(intent, old);
        isClosed = true;
        throw new ProviderException(
            ErrorKind.TRANSIENT,
            "Cannot publish "
                + draft.path()
                + " ("
                + draft.fid()
                + ") at "
                + objects.full(intent.key())
                + ": somebody else changed the object there. Archive it again.",
            failure);
      }
      Optional<IndexEntry> published = publisher.resolve(intent);
      isClosed = true;
      if (published.isPresent()) {
        return published.get();
      }
    } catch (IOException e) {
      if (e != failure && e.getCause() != failure) {
        failure.addSuppressed(e);
      } else {
        throw e;
      }
    }
    throw failure;
  }

  @Override
  public void settle() throws IOException {
    if (hasReplaced) {
      settler.settle(draft.fid());
    }
  }

  @Override
  public void close() throws IOException {
    if (!isCommitted && !isClosed) {
      isClosed = true;
      try (KeyLocks.Held held = locks.lock(intent.key())) {
        publisher.undo(intent);
      }
    }
  }
}
