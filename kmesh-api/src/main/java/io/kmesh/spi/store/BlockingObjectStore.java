// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/**
 * A store's calls, each waited for. Thread-safe. An interrupted wait fails with UNKNOWN_OUTCOME and
 * leaves the thread's interrupt set.
 */
public final class BlockingObjectStore {
  private final ObjectStore store;

  BlockingObjectStore(ObjectStore store) {
    this.store = store;
  }

  /** Waits for {@link ObjectStore#put}. */
  public ObjectInfo put(String key, ByteBuffer body, PutOptions options) throws IOException {
    return await("put", key, store.put(key, body, options));
  }

  /** Waits for {@link ObjectStore#read}. */
  public ObjectRange read(String key, long offset, int length, Condition condition)
      throws IOException {
    return await("read", key, store.read(key, offset, length, condition));
  }

  /** Waits for {@link StreamedReads#read}; these reads have to be those of the same store. */
  public ObjectInfo read(
      StreamedReads reads,
      String key,
      long offset,
      int length,
      Condition condition,
      StreamedReads.Sink sink)
      throws IOException {
    return await("read", key, reads.read(key, offset, length, condition, sink));
  }

  /** Waits for {@link ObjectStore#head}. */
  public ObjectInfo head(String key) throws IOException {
    return await("head", key, store.head(key));
  }

  /** What the store says of an object, or empty when there is none. */
  public Optional<ObjectInfo> find(String key) throws IOException {
    try {
      return Optional.of(head(key));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Waits for {@link ObjectStore#list}. */
  public ListPage list(ListRequest request) throws IOException {
    return await("list", request.prefix(), store.list(request));
  }

  /** Waits for {@link ObjectStore#delete}. */
  public List<DeleteOutcome> delete(List<DeleteTarget> targets) throws IOException {
    return await("delete", targets.size() + " keys", store.delete(targets));
  }

  /** Waits for {@link ObjectStore#copy}. */
  public ObjectInfo copy(
      String source, Condition sourceCondition, String target, PutOptions options)
      throws IOException {
    return await("copy", source, store.copy(source, sourceCondition, target, options));
  }

  /** Waits for {@link ObjectStore#startUpload}. */
  public Upload startUpload(String key, Map<String, String> metadata) throws IOException {
    return await("start an upload of", key, store.startUpload(key, metadata));
  }

  /** Waits for {@link ObjectStore#uploadPart}. */
  public UploadPart uploadPart(Upload upload, int number, ByteBuffer body) throws IOException {
    return await("upload a part of", upload.key(), store.uploadPart(upload, number, body));
  }

  /** Waits for {@link ObjectStore#copyPart}. */
  public UploadPart copyPart(
      Upload upload, int number, String source, Condition sourceCondition, long offset, long length)
      throws IOException {
    return await(
        "copy a part of",
        source,
        store.copyPart(upload, number, source, sourceCondition, offset, length));
  }

  /** Waits for {@link ObjectStore#listParts}. */
  public List<UploadPart> listParts(Upload upload) throws IOException {
    return await("list the parts of", upload.key(), store.listParts(upload));
  }

  /** Waits for {@link ObjectStore#complete}. */
  public ObjectInfo complete(Upload upload, List<UploadPart> parts, PutOptions options)
      throws IOException {
    return await("complete the upload of", upload.key(), store.complete(upload, parts, options));
  }

  /** Waits for {@link ObjectStore#abort}. */
  public void abort(Upload upload) throws IOException {
    await("abort the upload of", upload.key(), store.abort(upload).thenApply(v -> upload));
  }

  /** Waits for {@link ObjectStore#listUploads}. */
  public List<Upload> listUploads(String prefix) throws IOException {
    return await("list the uploads of", prefix, store.listUploads(prefix));
  }

  /** Waits for {@link ObjectStore#listOpenUploads}. */
  public List<OpenUpload> listOpenUploads(String prefix) throws IOException {
    return await("list the uploads of", prefix, store.listOpenUploads(prefix));
  }

  private <T> T await(String verb, String object, CompletionStage<T> stage) throws IOException {
    try {
      return stage.toCompletableFuture().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProviderException(
          ErrorKind.UNKNOWN_OUTCOME,
          "Cannot "
              + verb
              + " "
              + object
              + " in "
              + store.uri()
              + ": the waiting thread was interrupted. Look at the store before trying again.",
          e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof ProviderException p) {
        throw new ProviderException(
            p.kind(),
            String.valueOf(p.getMessage()),
            p,
            p.errno().orElse(null),
            p.retryAfter().orElse(null),
            p.requestId().orElse(null));
      }
      if (cause instanceof RuntimeException r) {
        throw r;
      }
      throw new IOException(
          "Cannot " + verb + " " + object + " in " + store.uri() + ": " + cause, cause);
    }
  }
}
