// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An object store: one bucket, or one prefix of one. Thread-safe. Stages complete on threads of the
 * store's choice: do not block in them. A buffer that is handed in belongs to the store until the
 * stage completes; its position is not changed and it may be read more than once.
 */
public interface ObjectStore extends Closeable {
  /**
   * Where it is, without secrets, such as {@code file:///archive} or {@code s3://bucket/prefix}.
   */
  URI uri();

  /**
   * The server, without secrets, where it is another one than the store's URI says by itself: two
   * servers may have buckets of one name.
   */
  default Optional<URI> endpoint() {
    return Optional.empty();
  }

  /** What it can do. */
  Set<StoreCapability> capabilities();

  /** Its limits. */
  StoreLimits limits();

  /** Writes an object at once; all of it becomes visible, or nothing. */
  CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options);

  /**
   * Reads a range: at most {@code length} bytes from {@code offset}, less at the object's end.
   *
   * @param condition none, or the ETag that the object must have (PRECONDITION otherwise)
   */
  CompletionStage<ObjectRange> read(String key, long offset, int length, Condition condition);

  /** What the store says of an object; NOT_FOUND when there is none. */
  CompletionStage<ObjectInfo> head(String key);

  /** A page of keys. */
  CompletionStage<ListPage> list(ListRequest request);

  /** Deletes objects, each on its own. */
  CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets);

  /**
   * Copies an object within the store.
   *
   * @param source the key to copy
   * @param sourceCondition none, or the ETag that the source must have
   * @param target the key to write
   * @param options condition on the target; metadata, when not empty, replaces the source's
   */
  CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options);

  /**
   * Starts an upload in parts. Nothing is visible before {@link #complete}.
   *
   * @param metadata user metadata of the object
   */
  CompletionStage<Upload> startUpload(String key, Map<String, String> metadata);

  /** Writes, or writes again, one part. Parts may be sent in any order and at the same time. */
  CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body);

  /**
   * Writes, or writes again, one part with a range of another object of the store, whose bytes do
   * not move through the caller. Needs PART_COPY.
   *
   * @param source the key to copy from
   * @param sourceCondition none, or the ETag that the source must have (PRECONDITION otherwise)
   * @param offset the range's first byte
   * @param length its bytes, 1 to the store's largest part; all of them must be there (INVALID)
   */
  default CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return StoreRefusals.refuse(
        this, StoreCapability.PART_COPY, "copy " + source + " to a part of " + upload.key());
  }

  /** The parts that the store holds, by number; NOT_FOUND when the upload is gone. */
  CompletionStage<List<UploadPart>> listParts(Upload upload);

  /**
   * Makes the object of these parts visible at once.
   *
   * @param options condition and checksum; metadata is that of {@link #startUpload}
   */
  CompletionStage<ObjectInfo> complete(Upload upload, List<UploadPart> parts, PutOptions options);

  /** Drops an upload; one that is gone is no error. */
  CompletionStage<Void> abort(Upload upload);

  /** The uploads under a prefix that are neither completed nor aborted. */
  CompletionStage<List<Upload>> listUploads(String prefix);

  /**
   * The uploads of {@link #listUploads} with the time when each began. This one knows no time.
   *
   * @param prefix what their keys begin with
   */
  default CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return listUploads(prefix)
        .thenApply(all -> all.stream().map(upload -> new OpenUpload(upload, null)).toList());
  }

  /**
   * Starts an upload in parts of an object that is kept in a storage class.
   *
   * @param storageClass null for the store's default; else it needs STORAGE_CLASS
   */
  default CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    return storageClass == null
        ? startUpload(key, metadata)
        : StoreRefusals.refuse(this, StoreCapability.STORAGE_CLASS, "store " + key);
  }

  /**
   * A page of one level of keys: those without the delimiter behind the prefix, and once each what
   * the others begin with. This one skips through {@link #list}, and needs UTF8_KEY_ORDER.
   *
   * @param prefix the level; empty or with the delimiter at its end
   * @param delimiter what ends a level's name
   * @param limit the most objects and prefixes, 1 to the store's page
   * @param next null, or what the page before said
   */
  default CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return LevelWalk.page(this, prefix, delimiter, limit, next);
  }

  /** A page of the versions of all keys that begin with a prefix; needs VERSIONS. */
  default CompletionStage<VersionPage> listVersions(
      String prefix, int limit, @Nullable String next) {
    return StoreRefusals.refuse(this, StoreCapability.VERSIONS, "list the versions of " + prefix);
  }

  /** Reads a range of a version, as {@link #read} does; needs VERSIONS. */
  default CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) {
    return StoreRefusals.refuse(
        this, StoreCapability.VERSIONS, "read version " + versionId + " of " + key);
  }

  /**
   * Asks for the bytes of an archived object; {@link #head} tells when they are there. What is
   * readable or being restored is no error. Needs ARCHIVE_RESTORE.
   */
  default CompletionStage<Void> restore(String key, RestoreRequest request) {
    return StoreRefusals.refuse(this, StoreCapability.ARCHIVE_RESTORE, "restore " + key);
  }

  /** Moves an object to another storage class; its ETag may change. Needs STORAGE_CLASS. */
  default CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    return StoreRefusals.refuse(
        this, StoreCapability.STORAGE_CLASS, "move " + key + " to " + storageClass);
  }

  /**
   * Reads whose bytes are handed on as they come; empty where {@link #read} alone will do. A
   * wrapper does not pass on those of the store behind it unless it says so: they would pass it by.
   */
  default Optional<StreamedReads> streamedReads() {
    return Optional.empty();
  }

  /** A view of this store whose calls block and throw. */
  default BlockingObjectStore blocking() {
    return new BlockingObjectStore(this);
  }

  /**
   * The same store for callers that do nothing before the answer to a call is there: it may send a
   * call's request in the thread that makes the call, which spares two hand-overs to other threads.
   * Such a call returns with a stage that is complete; an interrupt does not end it. What would
   * wait before it is sent, as for a connection, may be left to the store's own threads. Closing it
   * closes this store. This one gives itself back.
   *
   * @param cuts hears of each request that goes out so, before it does
   */
  default ObjectStore onCallersThread(Cuts cuts) {
    return this;
  }

  @Override
  void close() throws IOException;
}
