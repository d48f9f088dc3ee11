// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.RehydratePriority;
import com.azure.storage.blob.options.BlobSetAccessTierOptions;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Availability;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.StorageClass;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Access tiers, and blobs of the archive tier that are brought back. Set Blob Tier takes no ETag:
 * one that is asked for is compared before and after. Thread-safe.
 */
final class BlobTiers {
  private final StoreContext context;
  private final BlobReader reader;
  private final StorageClass restoreTo;

  BlobTiers(StoreContext context, BlobReader reader, StorageClass restoreTo) {
    this.context = context;
    this.reader = reader;
    this.restoreTo = restoreTo;
  }

  CompletionStage<Void> restore(String key, RestoreRequest request) {
    RehydratePriority priority =
        request.speed() == RestoreRequest.Speed.FASTEST
            ? RehydratePriority.HIGH
            : RehydratePriority.STANDARD;
    return context.call(
        "restore",
        key,
        () -> context.key("restore", key),
        () ->
            reader
                .head("restore", key, Condition.none())
                .thenCompose(
                    info ->
                        info.storage()
                                .filter(s -> s.availability() == Availability.ARCHIVED)
                                .isPresent()
                            ? set("restore", key, restoreTo, priority)
                            : CompletableFuture.completedFuture(null)));
  }

  CompletionStage<ObjectInfo> change(String key, Condition condition, StorageClass storageClass) {
    String verb = "move";
    String what = key + " to " + storageClass;
    return context.call(
        verb,
        what,
        () -> {
          context.key(verb, key);
          context.checks.sourceCondition(verb, what, condition);
        },
        () ->
            before(verb, key, condition)
                .thenCompose(looked -> set(verb, key, storageClass, RehydratePriority.STANDARD))
                .thenCompose(done -> reader.head(verb, key, Condition.none()))
                .thenCompose(after -> same(verb, what, condition, after)));
  }

  private CompletionStage<?> before(String verb, String key, Condition condition) {
    return condition instanceof Condition.None
        ? CompletableFuture.completedFuture(key)
        : reader.head(verb, key, condition);
  }

  private CompletionStage<ObjectInfo> same(
      String verb, String what, Condition condition, ObjectInfo after) {
    return condition instanceof Condition.Matches m && !m.etag().equals(after.etag())
        ? CompletableFuture.failedFuture(
            context.failures.of(
                ErrorKind.UNKNOWN_OUTCOME,
                verb,
                what,
                "it was replaced at the same time, and the new object may have been moved. Look at"
                    + " it"))
        : CompletableFuture.completedFuture(after);
  }

  private CompletionStage<Void> set(
      String verb, String key, StorageClass tier, RehydratePriority priority) {
    BlobSetAccessTierOptions options =
        new BlobSetAccessTierOptions(AccessTier.fromString(tier.name())).setPriority(priority);
    return context
        .mutate(verb, key, context.blob(key).setAccessTierWithResponse(options))
        .thenAccept(response -> {});
  }
}
