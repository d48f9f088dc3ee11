// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.zip.CRC32C;

/**
 * Sends a large file in parts, several at once, each written down once the store has it. Parts that
 * the store holds of an earlier attempt at the same data version are read and summed, but not sent
 * again.
 */
@SuppressWarnings("try") // a lock or a share is held for a block, not used in it
final class LargeUploader {
  /** What is known only after the content was read. */
  private static final Set<String> LATE =
      Set.of(MirrorAttributes.SHA256, MirrorAttributes.CRC32C, MirrorAttributes.BODY_SHA256);

  private final MirrorSettings settings;
  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final KeyLocks locks;
  private final Publisher publisher;
  private final Settler settler;
  private final KeyMover mover;
  private final MirrorKeys keys;

  LargeUploader(
      MirrorSettings settings,
      MirrorObjects objects,
      MirrorIndex index,
      KeyLocks locks,
      Publisher publisher,
      Settler settler,
      KeyMover mover,
      MirrorKeys keys) {
    this.settings = settings;
    this.objects = objects;
    this.index = index;
    this.locks = locks;
    this.publisher = publisher;
    this.settler = settler;
    this.mover = mover;
    this.keys = keys;
  }

  LargeArchive archive(ArchiveAction action, Draft fresh, Retrier.Check check) throws IOException {
    if (!objects.can(StoreCapability.MULTIPART)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot archive "
              + fresh.path()
              + " of "
              + fresh.extents().size()
              + " bytes to "
              + objects.store().uri()
              + ": the store has no uploads in parts. Use another store for large files.");
    }
    Begun begun = resumeOrBegin(fresh, check);
    try {
      return send(action, begun, check);
    } catch (IOException | RuntimeException | Error e) {
      try (KeyLocks.Held held = locks.lock(begun.intent.key())) {
        publisher.undo(begun.intent);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** An upload to go on with. */
  private record Begun(
      Draft draft,
      Intent.Publish intent,
      Upload upload,
      Map<Integer, IndexJson.JournalledPart> held) {}

  private Begun resumeOrBegin(Draft draft, Retrier.Check check) throws IOException {
    String pathKey = keys.ofFile(draft.path());
    Optional<Begun> resumed = resume(draft, pathKey, check);
    if (resumed.isPresent()) {
      return resumed.get();
    }
    for (String key : List.of(pathKey, MirrorKeys.byFid(draft.fid(), draft.attempt()))) {
      try (KeyLocks.Held held = locks.lock(key)) {
        Optional<MirrorIndex.View> view = publisher.claim(draft.fid(), key);
        if (view.isEmpty()) {
          continue;
        }
        Intent.Publish intent =
            new Intent.Publish(
                draft.attempt(),
                draft.fid(),
                key,
                null,
                draft.sideKey(),
                draft.content(""),
                null,
                true,
                mover.nowMillis());
        boolean isForeign =
            Publisher.currentAt(view.get(), key).isEmpty() && objects.find(check, key).isPresent();
        if (isForeign) {
          // Reports it; what an earlier attempt of ours left there is taken up.
          if (!publisher.afterConflict(intent, Optional.empty())) {
            continue;
          }
          view = publisher.claim(draft.fid(), key);
        }
        if (view.isEmpty() || !publisher.reserve(intent, view.get(), draft.attempt())) {
          continue;
        }
        Upload upload = objects.startUpload(check, key, split(draft, key).metadata());
        Intent.Publish withUpload = intent.withUpload(upload.id());
        index.apply(List.of(index.put(withUpload)));
        return new Begun(draft, withUpload, upload, Map.of());
      }
    }
    throw new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot archive "
            + draft.path()
            + " ("
            + draft.fid()
            + "): no key could be had for it. Archive it again.");
  }

  private Optional<Begun> resume(Draft draft, String key, Retrier.Check check) throws IOException {
    Optional<MirrorIndex.Versioned<IndexJson.Holder>> holder = index.holder(key);
    if (holder.isEmpty() || !holder.get().value().fid().equals(draft.fid())) {
      return Optional.empty();
    }
    String attempt = holder.get().value().attemptOrNull();
    Optional<Intent> intent = attempt == null ? Optional.empty() : index.intent(attempt);
    if (intent.isEmpty()
        || !(intent.get() instanceof Intent.Publish p)
        || p.uploadId() == null
        || p.content().dataVersion() != draft.dataVersion()
        || p.content().size() != draft.extents().size()
        || p.content().bodySize() != draft.extents().bodySize()) {
      return Optional.empty();
    }
    Upload upload = new Upload(objects.full(key), p.uploadId());
    Optional<List<UploadPart>> there = objects.listParts(check, upload);
    if (there.isEmpty()) {
      return Optional.empty();
    }
    Map<Integer, IndexJson.JournalledPart> held = new HashMap<>();
    for (IndexJson.JournalledPart part : index.parts(p.attempt())) {
      if (there.get().contains(part.part())) {
        held.put(part.part().number(), part);
      }
    }
    Draft again =
        new Draft(
            draft.fid(),
            draft.path(),
            draft.attributes(),
            draft.extents(),
            draft.dataVersion(),
            draft.archive(),
            p.attempt());
    return Optional.of(new Begun(again, p, upload, held));
  }

  private SplitAttributes split(Draft draft, String key) {
    MirrorAttributes attributes = draft.at(key);
    if (draft.extents().isPacked()) {
      attributes.put(MirrorAttributes.EXTENTS, draft.extents().text());
    }
    // The side object always exists: it carries the checksum.
    attributes.put(MirrorAttributes.SHA256, "");
    SplitAttributes split =
        SplitAttributes.of(attributes.values(), objects.metadataLimit(), LATE, draft.sideKey());
    split.side().remove(MirrorAttributes.SHA256);
    return split;
  }

  private LargeArchive send(ArchiveAction action, Begun begun, Retrier.Check check)
      throws IOException {
    Draft draft = begun.draft;
    long bodySize = draft.extents().bodySize();
    int partSize = settings.partSize(objects, draft.path().toString(), bodySize);
    Content content = new Content(draft.extents());
    PiecedCrc32c whole = new PiecedCrc32c(draft.extents().size());
    boolean isPacked = draft.extents().isPacked();
    BodyReader reader = new BodyReader(action.source(), draft.extents(), draft.path().toString());
    List<UploadPart> parts = new ArrayList<>();
    Deque<Sending> flying = new ArrayDeque<>();
    try {
      int number = 1;
      for (long at = 0; at < bodySize; at += partSize, number++) {
        check.run();
        int length = (int) Math.min(partSize, bodySize - at);
        ByteBudget.Piece piece = piece(length, flying, parts, begun, check);
        ByteBuffer buffer = piece.buffer();
        boolean isHeld = false;
        try {
          reader.fill(buffer);
          content.add(
              buffer,
              (bytes, offset) -> {
                if (isPacked) {
                  whole.add(offset, bytes);
                }
              });
          CRC32C crc = new CRC32C();
          crc.update(buffer.duplicate());
          if (!isPacked) {
            whole.add(at, length, (int) crc.getValue());
          }
          IndexJson.JournalledPart held = begun.held.get(number);
          isHeld =
              held != null && held.crc() == (int) crc.getValue() && held.part().size() == length;
          if (isHeld && held != null) {
            parts.add(held.part());
          } else {
            flying.addLast(
                new Sending(
                    number,
                    (int) crc.getValue(),
                    piece,
                    objects.store().uploadPart(begun.upload, number, buffer.duplicate())));
          }
          action.copied(length);
        } catch (IOException | RuntimeException | Error e) {
          piece.close();
          throw e;
        }
        if (isHeld) {
          piece.close();
        }
      }
      while (!flying.isEmpty()) {
        land(flying.removeFirst(), parts, begun, check);
      }
    } finally {
      for (Sending sending : flying) {
        sending.abandon();
      }
    }
    reader.checkEnd();
    parts.sort(Comparator.comparingInt(UploadPart::number));
    Content.Digests digests = content.end();
    SplitAttributes split = split(draft, begun.intent.key());
    split.side().put(MirrorAttributes.SHA256, digests.content().toString());
    split.side().put(MirrorAttributes.CRC32C, whole.value().toString());
    if (draft.extents().isPacked()) {
      split.side().put(MirrorAttributes.BODY_SHA256, digests.body().toString());
    }
    return new LargeArchive(
        publisher,
        settler,
        objects,
        index,
        locks,
        draft,
        begun.intent,
        digests,
        parts,
        split.side(),
        check);
  }

  /** A buffer for the next part: while others fly, only one that can be had without waiting. */
  private ByteBudget.Piece piece(
      int length, Deque<Sending> flying, List<UploadPart> parts, Begun begun, Retrier.Check check)
      throws IOException {
    while (flying.size() >= settings.parallelism) {
      land(flying.removeFirst(), parts, begun, check);
    }
    while (!flying.isEmpty()) {
      Optional<ByteBudget.Piece> piece = settings.budget().tryAcquire(length);
      if (piece.isPresent()) {
        return piece.get();
      }
      land(flying.removeFirst(), parts, begun, check);
    }
    return settings.budget().acquire(length);
  }

  /** Waits for a part, sends it again if that helps, and writes it down. */
  private void land(Sending sending, List<UploadPart> parts, Begun begun, Retrier.Check check)
      throws IOException {
    UploadPart part;
    try {
      part = sending.join();
    } catch (IOException e) {
      ErrorKind kind = ProviderException.kindOfMutation(e);
      if (!kind.isRetryable() && kind != ErrorKind.UNKNOWN_OUTCOME) {
        sending.piece.close();
        throw e;
      }
      try {
        // Writing a part again replaces it, whatever became of the first time.
        part =
            objects.uploadPart(
                check, begun.upload, sending.number, sending.piece.buffer().duplicate());
      } catch (IOException again) {
        sending.piece.close();
        again.addSuppressed(e);
        throw again;
      }
    }
    sending.piece.close();
    index.apply(
        List.of(
            index.put(begun.intent.attempt(), new IndexJson.JournalledPart(part, sending.crc))));
    parts.add(part);
  }

  /** A part under way with the buffer that it needs. */
  private record Sending(
      int number, int crc, ByteBudget.Piece piece, CompletionStage<UploadPart> stage) {
    UploadPart join() throws IOException {
      try {
        return stage.toCompletableFuture().join();
      } catch (CompletionException e) {
        throw Failures.of(e);
      }
    }

    /** Gives the buffer back once the store has done with it. */
    void abandon() {
      stage.whenComplete((part, failure) -> piece.close());
    }
  }
}
