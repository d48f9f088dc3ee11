// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What all parts of one store share. Thread-safe. */
final class StoreContext {
  static final Set<StoreCapability> CAPABILITIES =
      Collections.unmodifiableSet(
          EnumSet.complementOf(
              EnumSet.of(
                  StoreCapability.PART_COPY,
                  StoreCapability.UTF8_KEY_ORDER,
                  StoreCapability.SHA256,
                  StoreCapability.UPLOAD_SHA256,
                  StoreCapability.VERSIONS)));

  /** Of "Scalability targets for Blob storage"; a Java buffer ends below what a block may have. */
  static final StoreLimits LIMITS =
      new StoreLimits(
          DataSize.ofBytes(Integer.MAX_VALUE),
          DataSize.ofBytes(1),
          50_000,
          DataSize.ofMib(4000L * 50_000),
          1024,
          DataSize.ofKib(8),
          5000,
          256);

  final BlobContainerAsyncClient container;
  final URI uri;
  final KmeshTime time;
  final StoreChecks checks;
  final BlobFailures failures;
  private final BlobKeys keys;
  private volatile boolean closed;

  StoreContext(BlobContainerAsyncClient container, KmeshTime time) {
    this.container = container;
    this.time = time;
    this.uri = URI.create("az://" + container.getBlobContainerName() + "@" + account(container));
    this.checks = new StoreChecks(uri, CAPABILITIES, LIMITS);
    this.failures = new BlobFailures(uri, time);
    this.keys = new BlobKeys(uri);
  }

  private static String account(BlobContainerAsyncClient container) {
    String account = container.getAccountName();
    return account == null || account.isEmpty()
        ? URI.create(container.getBlobContainerUrl()).getAuthority().replace(':', '.')
        : account;
  }

  /** What may be refused before anything is sent. */
  interface Check {
    void run() throws ProviderException;
  }

  /** Runs checks, then a call; an exception of either ends the stage. */
  <T> CompletionStage<T> call(String verb, String key, Check check, Call<T> call) {
    try {
      if (closed) {
        throw failures.of(ErrorKind.INVALID, verb, key, "the store is closed. Open it anew");
      }
      check.run();
      return call.run();
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** A call that may refuse. */
  interface Call<T> {
    CompletionStage<T> run() throws ProviderException;
  }

  /** The key must be one that the store keeps exactly. */
  void key(String verb, String key) throws ProviderException {
    checks.key(verb, key);
    keys.check(verb, key);
  }

  BlockBlobAsyncClient blob(String key) {
    return container.getBlobAsyncClient(key).getBlockBlobAsyncClient();
  }

  /** Sends; a failure means what it means for a read. */
  <T> CompletableFuture<T> read(String verb, String key, Mono<T> request) {
    return sent(request, e -> failures.ofRead(verb, key, e));
  }

  /** Sends; a failure means what it means for a mutation. */
  <T> CompletableFuture<T> mutate(String verb, String key, Mono<T> request) {
    return sent(request, e -> failures.ofMutation(verb, key, e));
  }

  private static <T> CompletableFuture<T> sent(
      Mono<T> request, Function<Throwable, ProviderException> failure) {
    return request.onErrorMap(failure).toFuture();
  }

  /** What a mutation says of an object that it wrote. */
  static ObjectInfo written(
      String key,
      long size,
      String etag,
      OffsetDateTime lastModified,
      Map<String, String> metadata,
      @Nullable String versionId,
      @Nullable StorageClass storageClass) {
    return new ObjectInfo(
        key,
        size,
        Etags.unquoted(etag),
        versionId,
        lastModified.toInstant(),
        metadata,
        null,
        null,
        storageClass == null ? null : Infos.storage(storageClass.name(), null));
  }

  /** Only a put compares a CRC-32C. */
  void noCrc32c(String verb, String key, PutOptions options) throws ProviderException {
    checks.noCrc32c(verb, key, options);
  }

  void close() {
    closed = true;
  }
}
