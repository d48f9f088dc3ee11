// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A base for wrappers of a store: every call goes to the one behind it. */
public abstract class ForwardingObjectStore implements ObjectStore {
  /** For subclasses. */
  protected ForwardingObjectStore() {}

  /** The store behind this one. */
  protected abstract ObjectStore delegate();

  @Override
  public URI uri() {
    return delegate().uri();
  }

  @Override
  public Optional<URI> endpoint() {
    return delegate().endpoint();
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return delegate().capabilities();
  }

  @Override
  public StoreLimits limits() {
    return delegate().limits();
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return delegate().put(key, body, options);
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return delegate().read(key, offset, length, condition);
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return delegate().head(key);
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return delegate().list(request);
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return delegate().delete(targets);
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return delegate().copy(source, sourceCondition, target, options);
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return delegate().startUpload(key, metadata);
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return delegate().uploadPart(upload, number, body);
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return delegate().copyPart(upload, number, source, sourceCondition, offset, length);
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return delegate().listParts(upload);
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    return delegate().complete(upload, parts, options);
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return delegate().abort(upload);
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return delegate().listUploads(prefix);
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return delegate().listOpenUploads(prefix);
  }

  @Override
  public CompletionStage<Upload> startUpload(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    return delegate().startUpload(key, metadata, storageClass);
  }

  @Override
  public CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return delegate().listLevel(prefix, delimiter, limit, next);
  }

  @Override
  public CompletionStage<VersionPage> listVersions(
      String prefix, int limit, @Nullable String next) {
    return delegate().listVersions(prefix, limit, next);
  }

  @Override
  public CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) {
    return delegate().readVersion(key, versionId, offset, length);
  }

  @Override
  public CompletionStage<Void> restore(String key, RestoreRequest request) {
    return delegate().restore(key, request);
  }

  @Override
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    return delegate().changeStorageClass(key, condition, storageClass);
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }
}
