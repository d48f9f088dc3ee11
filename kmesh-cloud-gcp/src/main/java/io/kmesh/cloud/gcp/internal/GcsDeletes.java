// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Deletes, one request for each object and all at once. */
public final class GcsDeletes {
  private static final int GONE = 404;

  private final GcsClient client;
  private final GcsKeys keys;

  GcsDeletes(GcsClient client, GcsKeys keys) {
    this.client = client;
    this.keys = keys;
  }

  /** As the store's delete. */
  public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets)
      throws ProviderException {
    keys.checks().deleteBatch(targets.size());
    List<CompletableFuture<DeleteOutcome>> sent = new ArrayList<>();
    for (DeleteTarget target : targets) {
      sent.add(one(target).toCompletableFuture());
    }
    return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> sent.stream().map(CompletableFuture::join).toList());
  }

  private CompletionStage<DeleteOutcome> one(DeleteTarget target) {
    String key = target.key();
    CompletionStage<Void> deleted;
    try {
      keys.key("delete", key);
      keys.checks().deleteCondition(key, target.condition());
      deleted = delete(key, keys.existing("delete", key, target.condition()), null);
    } catch (ProviderException e) {
      deleted = CompletableFuture.failedFuture(e);
    }
    return deleted.handle(
        (nothing, failure) -> {
          if (failure == null) {
            return DeleteOutcome.deleted(key);
          }
          ProviderException e = GcsClient.provider(failure);
          return new DeleteOutcome(key, e.kind(), String.valueOf(e.getMessage()));
        });
  }

  /**
   * Deletes an object; one that is gone is no error, a bucket that is gone is.
   *
   * @param mustBe the generation that it must have; null for any
   * @param version the generation to delete for good; null for what is live
   */
  CompletionStage<Void> delete(String name, @Nullable Long mustBe, @Nullable Long version) {
    HttpUrl.Builder url = client.place().json("o", name);
    GcsKeys.add(url, "generation", version);
    GcsKeys.add(url, "ifGenerationMatch", mustBe);
    GcsCall call = GcsCall.delete("delete", name, url);
    return client
        .send(call, Set.of(GONE))
        .thenAccept(
            answer -> {
              if (answer.status() == GONE && GcsFailures.isNoBucket(answer)) {
                throw new CompletionException(client.failures().status(call, answer));
              }
            });
  }
}
