// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

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

  /** A view of this store whose calls block and throw. */
  default BlockingObjectStore blocking() {
    return new BlockingObjectStore(this);
  }

  @Override
  void close() throws IOException;
}
