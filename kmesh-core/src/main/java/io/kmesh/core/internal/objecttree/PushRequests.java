// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.BodyReader;
import io.kmesh.core.internal.mirror.Content;
import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.PiecedCrc32c;
import io.kmesh.core.internal.mirror.SplitAttributes;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The requests of the steps of a push, each under the condition of what was known. Thread-safe. */
final class PushRequests {
  private static final int PIECE = 1 << 20;

  private final MirrorObjects objects;
  private final ObjectTreeSettings settings;

  PushRequests(MirrorObjects objects, ObjectTreeSettings settings) {
    this.objects = objects;
    this.settings = settings;
  }

  /** Does a step; what fails is in the outcome. */
  @SuppressWarnings("try") // the file is closed behind the step, not used here
  PushTask.Outcome run(PushTask task) {
    try (PosixFile file = task.file()) {
      if (task.step().what() == PushStep.What.DELETE) {
        delete(task);
        return new PushTask.Outcome(task, null, "", null, null);
      }
      PushTask.Outcome outcome = write(task);
      dropOldSide(task, outcome.side());
      return outcome;
    } catch (IOException | RuntimeException | Error e) {
      return new PushTask.Outcome(task, null, "", null, e);
    }
  }

  private void delete(PushTask task) throws IOException {
    StoredObject there = Objects.requireNonNull(task.replaced());
    MirrorObjects.Deletion deletion = objects.delete(there.key(), there.etag());
    if (deletion == MirrorObjects.Deletion.REPLACED) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot delete " + objects.full(there.key()) + ": it is another object now.");
    }
    dropOldSide(task, "");
  }

  private void dropOldSide(PushTask task, String side) throws IOException {
    StoredObject replaced = task.replaced();
    if (replaced != null
        && replaced.side().startsWith(MirrorKeys.SIDE)
        && !replaced.side().equals(side)) {
      objects.deleteOwn(replaced.side());
    }
  }

  private PushTask.Outcome write(PushTask task) throws IOException {
    MirrorAttributes attributes =
        Objects.requireNonNull(task.attributes()).put(MirrorAttributes.ATTEMPT, task.identity());
    ObjectInfo source = task.source();
    PosixFile file = task.file();
    if (source != null) {
      return copy(task, attributes, source);
    }
    if (file != null) {
      return file(task, attributes, file);
    }
    Extents holes = task.holes();
    if (holes != null) {
      Content.Digests digests = new Content(holes).end();
      attributes.content(holes, digests.content(), digests.body());
      return put(task, attributes, ByteBuffer.allocate(0), digests.body(), null);
    }
    Content content = new Content(Extents.whole(task.body().length));
    content.add(ByteBuffer.wrap(task.body()), (piece, offset) -> {});
    return put(task, attributes, ByteBuffer.wrap(task.body()), content.end().body(), null);
  }

  private PushTask.Outcome copy(PushTask task, MirrorAttributes attributes, ObjectInfo source)
      throws IOException {
    SplitAttributes split = split(task, attributes);
    String from = task.step().from() == null ? task.step().key() : task.step().from();
    if (objects.copiesByParts(source.size())) {
      // What an earlier push left of this key; nobody else writes it.
      objects.abortAll(task.step().key());
    }
    ObjectInfo info =
        sided(
            task,
            split,
            () -> objects.copy(source, from, task.step().key(), split.metadata(), condition(task)));
    return new PushTask.Outcome(task, info, split.sideKey().orElse(""), null, null);
  }

  private SplitAttributes split(PushTask task, MirrorAttributes attributes) {
    return SplitAttributes.of(
        attributes.values(), objects.metadataLimit(), Set.of(), MirrorKeys.SIDE + task.attempt());
  }

  private static Condition condition(PushTask task) {
    StoredObject replaced = task.replaced();
    return replaced == null ? Condition.absent() : Condition.matches(replaced.etag());
  }

  private interface Write {
    ObjectInfo run() throws IOException;
  }

  /** Writes an object with its side object, which goes when the object is refused. */
  private ObjectInfo sided(PushTask task, SplitAttributes split, Write write) throws IOException {
    if (split.sideKey().isPresent()) {
      objects.putSide(Retrier.Check.NONE, split.sideKey().get(), task.attempt(), split.side());
    }
    try {
      return write.run();
    } catch (ProviderException e) {
      if (split.sideKey().isPresent() && e.kind() == ErrorKind.PRECONDITION) {
        objects.deleteOwn(split.sideKey().get());
      }
      throw e;
    }
  }

  private PushTask.Outcome put(
      PushTask task,
      MirrorAttributes attributes,
      ByteBuffer bytes,
      Sha256 sha256,
      Body.@Nullable InObject body)
      throws IOException {
    SplitAttributes split = split(task, attributes);
    ObjectInfo info =
        sided(
            task,
            split,
            () ->
                objects.put(
                    Retrier.Check.NONE,
                    task.step().key(),
                    bytes,
                    split.metadata(),
                    condition(task),
                    sha256));
    return new PushTask.Outcome(task, info, split.sideKey().orElse(""), at(body, info), null);
  }

  private static Body.@Nullable InObject at(Body.@Nullable InObject body, ObjectInfo info) {
    return body == null ? null : body.at(body.key(), info.etag());
  }

  private PushTask.Outcome file(PushTask task, MirrorAttributes attributes, PosixFile file)
      throws IOException {
    Extents extents = Extents.of(file, file.stat(), task.isSparse());
    long size = extents.bodySize();
    String name = objects.full(task.step().key());
    BodyReader reader = new BodyReader(file, extents, name);
    if (size <= settings.largestPut()) {
      try (ByteBudget.Piece piece = settings.budget().acquire((int) size)) {
        reader.fill(piece.buffer());
        Content content = new Content(extents);
        content.add(piece.buffer(), (bytes, offset) -> {});
        Content.Digests digests = content.end();
        Body.InObject body = body(task, attributes, extents, digests, null);
        return put(task, attributes, piece.buffer(), digests.body(), body);
      }
    }
    if (!objects.can(StoreCapability.MULTIPART)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot push "
              + name
              + " of "
              + size
              + " bytes: the store has no uploads in parts. Use another store.");
    }
    // Read twice, so that the object says its checksum without a side object.
    PiecedCrc32c crc32c = new PiecedCrc32c(extents.size());
    Content.Digests digests = digests(reader, extents, crc32c);
    Body.InObject body = body(task, attributes, extents, digests, crc32c.value());
    SplitAttributes split = split(task, attributes);
    ObjectInfo info = sided(task, split, () -> large(task, file, extents, split, digests.body()));
    return new PushTask.Outcome(task, info, split.sideKey().orElse(""), at(body, info), null);
  }

  private static Body.InObject body(
      PushTask task,
      MirrorAttributes attributes,
      Extents extents,
      Content.Digests digests,
      @Nullable Crc32c crc32c) {
    attributes.content(extents, digests.content(), digests.body());
    if (crc32c != null) {
      attributes.put(MirrorAttributes.CRC32C, crc32c.toString());
    }
    return new Body.InObject(
        task.step().key(),
        "",
        extents,
        digests.content(),
        extents.isPacked() ? digests.body() : null,
        crc32c);
  }

  private Content.Digests digests(BodyReader reader, Extents extents, PiecedCrc32c crc32c)
      throws IOException {
    Content content = new Content(extents);
    long size = extents.bodySize();
    int pieceSize = (int) Math.min(Math.min(PIECE, settings.largestPut()), size);
    try (ByteBudget.Piece piece = settings.budget().acquire(pieceSize)) {
      ByteBuffer buffer = piece.buffer();
      int most = buffer.limit();
      for (long at = 0; at < size; at += buffer.limit()) {
        buffer.limit((int) Math.min(most, size - at));
        reader.fill(buffer);
        content.add(buffer, (bytes, offset) -> crc32c.add(offset, bytes));
      }
    }
    return content.end();
  }

  private ObjectInfo large(
      PushTask task, PosixFile file, Extents extents, SplitAttributes split, Sha256 sha256)
      throws IOException {
    String key = task.step().key();
    long size = extents.bodySize();
    int partSize = settings.partSize(objects, size);
    // What an earlier push left of this key; nobody else writes it.
    objects.abortAll(key);
    Upload upload = objects.startUpload(Retrier.Check.NONE, key, split.metadata());
    try {
      BodyReader reader = new BodyReader(file, extents, objects.full(key));
      List<UploadPart> parts = new ArrayList<>();
      for (long at = 0; at < size; at += partSize) {
        int length = (int) Math.min(partSize, size - at);
        try (ByteBudget.Piece piece = settings.budget().acquire(length)) {
          reader.fill(piece.buffer());
          parts.add(
              objects.uploadPart(Retrier.Check.NONE, upload, parts.size() + 1, piece.buffer()));
        }
      }
      return objects.complete(
          Retrier.Check.NONE, upload, key, task.identity(), parts, condition(task), size, sha256);
    } catch (IOException | RuntimeException e) {
      try {
        objects.abort(key, upload.id());
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }
}
