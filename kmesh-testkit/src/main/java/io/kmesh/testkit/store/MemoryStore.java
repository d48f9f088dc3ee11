// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An object store in memory, with every capability but storage classes, archives and versions,
 * unless one is taken away by {@link Builder#without}; a call that needs a missing one is refused.
 * Counts its requests and shows its open uploads. Stages are complete when a call returns.
 * Thread-safe.
 */
public final class MemoryStore implements ObjectStore {
  private static final int STREAMED = 8 << 10;

  private static final StoreLimits LIMITS =
      new StoreLimits(
          DataSize.ofMib(64),
          DataSize.ofBytes(1),
          10_000,
          DataSize.ofGib(2),
          1024,
          DataSize.ofKib(8),
          1000,
          1000);

  private final URI uri;
  private final KmeshTime time;
  private final Set<StoreCapability> capabilities;
  private final StoreLimits limits;
  private final StoreChecks checks;
  private final Comparator<String> order;
  private final NavigableMap<String, StoredObject> objects;
  private final Map<String, Parts> uploads = new TreeMap<>();
  private final Map<String, Long> requests = new TreeMap<>();
  private List<ObjectInfo> listedBefore = List.of();
  private long generation;
  private boolean closed;

  private MemoryStore(Builder builder) {
    this.uri = URI.create("memory:" + builder.name);
    this.time = builder.time;
    this.capabilities = Collections.unmodifiableSet(EnumSet.copyOf(builder.capabilities));
    this.limits = builder.limits;
    this.checks = new StoreChecks(uri, capabilities, limits);
    this.order = builder.order != null ? builder.order : usualOrder();
    this.objects = new TreeMap<>(order);
  }

  private Comparator<String> usualOrder() {
    return capabilities.contains(StoreCapability.UTF8_KEY_ORDER)
        ? StoreChecks.UTF8_ORDER
        : StoreChecks.UTF8_ORDER.reversed();
  }

  /** A store with all capabilities and a clock that stands. */
  public static MemoryStore create() {
    return builder().build();
  }

  /** Begins a store that differs from the default. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public URI uri() {
    return uri;
  }

  @Override
  public Set<StoreCapability> capabilities() {
    return capabilities;
  }

  @Override
  public StoreLimits limits() {
    return limits;
  }

  @Override
  public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    return call(
        "put",
        key,
        () -> {
          checks.key("put", key);
          checks.target("put", key, options);
          checks.putSize("put", key, body.remaining());
          byte[] bytes = copy(body);
          checks.checksum("put", key, options, Digests.sha256(bytes));
          checks.checksum("put", key, options, Crc32c.of(ByteBuffer.wrap(bytes)));
          checkTarget("put", key, options.condition());
          return store(key, bytes, options.metadata());
        });
  }

  @Override
  public CompletionStage<ObjectRange> read(
      String key, long offset, int length, Condition condition) {
    return call(
        "read",
        key,
        () -> {
          checks.key("read", key);
          checks.range(key, offset, length);
          StoredObject object = existing("read", key);
          checks.source("read", key, condition, object.info.etag());
          int size = object.bytes.length;
          int from = (int) Math.min(offset, size);
          int count = Math.min(length, size - from);
          ByteBuffer data = ByteBuffer.allocate(count).put(object.bytes, from, count).flip();
          return new ObjectRange(object.info, offset, data);
        });
  }

  /** Hands on pieces of 8 KiB, in a buffer that has other bytes after each. */
  @Override
  public Optional<StreamedReads> streamedReads() {
    return Optional.of(
        (key, offset, length, condition, sink) ->
            read(key, offset, length, condition)
                .thenCompose(
                    range -> {
                      ByteBuffer rest = range.data();
                      byte[] piece = new byte[STREAMED];
                      try {
                        while (rest.hasRemaining()) {
                          int count = Math.min(STREAMED, rest.remaining());
                          rest.get(piece, 0, count);
                          sink.take(ByteBuffer.wrap(piece, 0, count));
                          Arrays.fill(piece, (byte) '!');
                        }
                      } catch (IOException e) {
                        return CompletableFuture.failedFuture(e);
                      }
                      return CompletableFuture.completedFuture(range.info());
                    }));
  }

  @Override
  public CompletionStage<ObjectInfo> head(String key) {
    return call(
        "head",
        key,
        () -> {
          checks.key("head", key);
          return existing("head", key).info;
        });
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return call(
        "list",
        request.prefix(),
        () -> {
          checks.list(request);
          List<ObjectInfo> now = objects.values().stream().map(o -> o.info).toList();
          List<ObjectInfo> shown =
              capabilities.contains(StoreCapability.STRONG_CONSISTENCY) ? now : listedBefore;
          listedBefore = now;
          List<ObjectInfo> found =
              shown.stream()
                  .filter(i -> i.key().startsWith(request.prefix()))
                  .filter(
                      i ->
                          request.afterOrNull() == null
                              || order.compare(i.key(), request.afterOrNull()) > 0)
                  .limit(Math.min(request.limit(), limits.listPage()) + 1L)
                  .toList();
          int page = Math.min(request.limit(), limits.listPage());
          if (found.size() <= page) {
            return new ListPage(found, null);
          }
          return new ListPage(found.subList(0, page), found.get(page - 1).key());
        });
  }

  @Override
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
    return call(
        "delete",
        targets.size() + " keys",
        () -> {
          checks.deleteBatch(targets.size());
          List<DeleteOutcome> outcomes = new ArrayList<>();
          for (DeleteTarget target : targets) {
            outcomes.add(delete(target));
          }
          return List.copyOf(outcomes);
        });
  }

  private DeleteOutcome delete(DeleteTarget target) {
    String key = target.key();
    try {
      checks.key("delete", key);
      checks.deleteCondition(key, target.condition());
      StoredObject object = objects.get(key);
      if (object != null) {
        checks.source("delete", key, target.condition(), object.info.etag());
        objects.remove(key);
      }
      return DeleteOutcome.deleted(key);
    } catch (ProviderException e) {
      return new DeleteOutcome(key, e.kind(), String.valueOf(e.getMessage()));
    }
  }

  @Override
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    return call(
        "copy",
        source,
        () -> {
          checks.key("copy", source);
          checks.key("copy to", target);
          checks.needs("copy", source, StoreCapability.COPY);
          checks.target("copy to", target, options);
          checks.noCrc32c("copy to", target, options);
          StoredObject object = existing("copy", source);
          checks.source("copy", source, sourceCondition, object.info.etag());
          checks.copySize("copy", source, object.bytes.length);
          checks.checksum("copy", source, options, Digests.sha256(object.bytes));
          checkTarget("copy to", target, options.condition());
          return store(
              target,
              object.bytes,
              options.metadata().isEmpty() ? object.info.metadata() : options.metadata());
        });
  }

  @Override
  public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
    return call(
        "startUpload",
        key,
        () -> {
          checks.key("start an upload of", key);
          checks.needs("start an upload of", key, StoreCapability.MULTIPART);
          checks.metadata("start an upload of", key, metadata);
          String id = String.format("upload-%06d", ++generation);
          uploads.put(id, new Parts(key, Map.copyOf(metadata), time.now()));
          return new Upload(key, id);
        });
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    return call(
        "uploadPart",
        upload.key(),
        () -> {
          checks.needs("upload a part of", upload.key(), StoreCapability.MULTIPART);
          checks.partNumber(upload.key(), number);
          checks.putSize("upload a part of", upload.key(), body.remaining());
          Parts open = open("upload a part of", upload);
          byte[] bytes = copy(body);
          UploadPart part = new UploadPart(number, etag(Digests.sha256(bytes)), bytes.length);
          open.parts.put(number, new StoredPart(part, bytes));
          return part;
        });
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    return call(
        "copyPart",
        source,
        () -> {
          checks.key("copy a part of", source);
          checks.needs("copy a part of", source, StoreCapability.PART_COPY);
          checks.partNumber(upload.key(), number);
          StoredObject object = existing("copy a part of", source);
          checks.source("copy a part of", source, sourceCondition, object.info.etag());
          checks.copiedRange(source, offset, length, object.bytes.length);
          Parts open = open("copy a part to", upload);
          int from = Math.toIntExact(offset);
          byte[] bytes = Arrays.copyOfRange(object.bytes, from, from + Math.toIntExact(length));
          UploadPart part = new UploadPart(number, etag(Digests.sha256(bytes)), bytes.length);
          open.parts.put(number, new StoredPart(part, bytes));
          return part;
        });
  }

  @Override
  public CompletionStage<List<UploadPart>> listParts(Upload upload) {
    return call(
        "listParts",
        upload.key(),
        () -> {
          checks.needs("list the parts of", upload.key(), StoreCapability.MULTIPART);
          return open("list the parts of", upload).parts.values().stream()
              .map(p -> p.part)
              .toList();
        });
  }

  @Override
  public CompletionStage<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    String key = upload.key();
    return call(
        "complete",
        key,
        () -> {
          checks.needs("complete the upload of", key, StoreCapability.MULTIPART);
          checks.target("complete the upload of", key, options);
          checks.noCrc32c("complete the upload of", key, options);
          Parts open = open("complete the upload of", upload);
          checks.completeMetadata(key, options, open.metadata);
          checks.completeChecksum(key, options);
          checks.parts(key, parts, open.parts.values().stream().map(p -> p.part).toList());
          byte[] bytes = open.join(parts);
          checks.checksum("complete the upload of", key, options, Digests.sha256(bytes));
          checkTarget("complete the upload of", key, options.condition());
          uploads.remove(upload.id());
          return store(key, bytes, open.metadata);
        });
  }

  @Override
  public CompletionStage<Void> abort(Upload upload) {
    return call(
            "abort",
            upload.key(),
            () -> {
              checks.needs("abort the upload of", upload.key(), StoreCapability.MULTIPART);
              Parts open = uploads.get(upload.id());
              if (open != null && open.key.equals(upload.key())) {
                uploads.remove(upload.id());
              }
              return upload;
            })
        .thenAccept(u -> {});
  }

  @Override
  public CompletionStage<List<Upload>> listUploads(String prefix) {
    return call(
        "listUploads",
        prefix,
        () -> {
          checks.needs("list the uploads of", prefix, StoreCapability.MULTIPART);
          return uploadsUnder(prefix);
        });
  }

  @Override
  public CompletionStage<List<OpenUpload>> listOpenUploads(String prefix) {
    return call(
        "listUploads",
        prefix,
        () -> {
          checks.needs("list the uploads of", prefix, StoreCapability.MULTIPART);
          return uploads.entrySet().stream()
              .filter(e -> e.getValue().key.startsWith(prefix))
              .map(
                  e -> new OpenUpload(new Upload(e.getValue().key, e.getKey()), e.getValue().begun))
              .toList();
        });
  }

  /** How often a method was called, by its name in {@link ObjectStore}, such as {@code put}. */
  public synchronized long requests(String operation) {
    return requests.getOrDefault(operation, 0L);
  }

  /** How often each method was called. */
  public synchronized Map<String, Long> requests() {
    return Map.copyOf(requests);
  }

  /** How many calls there were of all methods. */
  public synchronized long totalRequests() {
    return requests.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The uploads that are neither completed nor aborted. */
  public synchronized List<Upload> openUploads() {
    return uploadsUnder("");
  }

  /** The keys that the store holds, in its order. */
  public synchronized List<String> keys() {
    return List.copyOf(objects.keySet());
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "MemoryStore(" + uri + ")";
  }

  private List<Upload> uploadsUnder(String prefix) {
    return uploads.entrySet().stream()
        .filter(e -> e.getValue().key.startsWith(prefix))
        .map(e -> new Upload(e.getValue().key, e.getKey()))
        .toList();
  }

  private interface Call<T> {
    T run() throws ProviderException;
  }

  private synchronized <T> CompletionStage<T> call(String operation, String object, Call<T> call) {
    requests.merge(operation, 1L, Long::sum);
    try {
      if (closed) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot "
                + operation
                + " "
                + object
                + " in "
                + uri
                + ": the store is closed. Open it anew.");
      }
      return CompletableFuture.completedFuture(call.run());
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private StoredObject existing(String verb, String key) throws ProviderException {
    StoredObject object = objects.get(key);
    if (object == null) {
      throw checks.notFound(verb, key);
    }
    return object;
  }

  private Parts open(String verb, Upload upload) throws ProviderException {
    Parts open = uploads.get(upload.id());
    if (open == null || !open.key.equals(upload.key())) {
      throw checks.uploadGone(verb, upload);
    }
    return open;
  }

  private void checkTarget(String verb, String key, Condition condition) throws ProviderException {
    StoredObject there = objects.get(key);
    checks.condition(verb, key, condition, there == null ? null : there.info.etag());
  }

  private ObjectInfo store(String key, byte[] bytes, Map<String, String> metadata) {
    Sha256 sha256 = Digests.sha256(bytes);
    ObjectInfo info =
        new ObjectInfo(
            key,
            bytes.length,
            etag(sha256),
            null,
            time.now(),
            metadata,
            capabilities.contains(StoreCapability.SHA256) ? sha256 : null);
    objects.put(key, new StoredObject(info, bytes));
    return info;
  }

  private String etag(Sha256 sha256) {
    return sha256.toString().substring(0, 16) + String.format("-%016x", ++generation);
  }

  private static byte[] copy(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return bytes;
  }

  private record StoredObject(ObjectInfo info, byte[] bytes) {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof StoredObject s && s.info.equals(info);
    }

    @Override
    public int hashCode() {
      return info.hashCode();
    }
  }

  private static final class StoredPart {
    private final UploadPart part;
    private final byte[] bytes;

    StoredPart(UploadPart part, byte[] bytes) {
      this.part = part;
      this.bytes = bytes;
    }
  }

  private static final class Parts {
    private final String key;
    private final Map<String, String> metadata;
    private final Instant begun;
    private final NavigableMap<Integer, StoredPart> parts = new TreeMap<>();

    Parts(String key, Map<String, String> metadata, Instant begun) {
      this.key = key;
      this.begun = begun;
      this.metadata = metadata;
    }

    byte[] join(List<UploadPart> chosen) {
      int size = Math.toIntExact(chosen.stream().mapToLong(UploadPart::size).sum());
      ByteBuffer joined = ByteBuffer.allocate(size);
      for (UploadPart part : chosen) {
        StoredPart stored = parts.get(part.number());
        if (stored != null) {
          joined.put(stored.bytes);
        }
      }
      return joined.array();
    }
  }

  /** Describes a store that differs from the default. Not thread-safe. */
  public static final class Builder {
    private String name = "test";
    private KmeshTime time = ManualTime.create();
    private final Set<StoreCapability> capabilities =
        EnumSet.complementOf(
            EnumSet.of(
                StoreCapability.STORAGE_CLASS,
                StoreCapability.ARCHIVE_RESTORE,
                StoreCapability.VERSIONS));
    private StoreLimits limits = LIMITS;
    private @Nullable Comparator<String> order;

    private Builder() {}

    /** The name in its URI, {@code memory:NAME}. */
    public Builder name(String value) {
      this.name = value;
      return this;
    }

    /** The clock that last-modified times come from. */
    public Builder time(KmeshTime value) {
      this.time = value;
      return this;
    }

    /**
     * Takes capabilities away. Without UTF8_KEY_ORDER lists run backwards; without
     * STRONG_CONSISTENCY each list shows what was there at the list before it; SHA256 takes
     * UPLOAD_SHA256 with it.
     */
    public Builder without(StoreCapability... missing) {
      capabilities.removeAll(Set.of(missing));
      if (!capabilities.contains(StoreCapability.SHA256)) {
        capabilities.remove(StoreCapability.UPLOAD_SHA256);
      }
      return this;
    }

    /**
     * Lists in this order, whatever the capabilities say; a store that has UTF8_KEY_ORDER lies
     * then.
     *
     * @param value a total order that agrees with equals
     */
    public Builder order(Comparator<String> value) {
      this.order = value;
      return this;
    }

    /** Other limits. */
    public Builder limits(StoreLimits value) {
      this.limits = value;
      return this;
    }

    /** The store. */
    public MemoryStore build() {
      return new MemoryStore(this);
    }
  }
}
