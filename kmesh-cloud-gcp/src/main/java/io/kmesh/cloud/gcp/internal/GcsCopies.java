// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Copies within the bucket, and moves to another storage class: rewrites to their end. */
public final class GcsCopies {
  private final GcsClient client;
  private final GcsKeys keys;
  private final GcsReads reads;

  GcsCopies(GcsClient client, GcsKeys keys, GcsReads reads) {
    this.client = client;
    this.keys = keys;
    this.reads = reads;
  }

  /** What is rewritten: the same in each of its requests. */
  private record Rewrite(
      String verb,
      String source,
      String target,
      @Nullable Long sourceMustBe,
      @Nullable Long targetMustBe,
      @Nullable String body) {
    String shown() {
      return source.equals(target) ? source : source + " to " + target;
    }
  }

  /** As the store's copy. */
  public CompletionStage<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options)
      throws ProviderException {
    keys.key("copy", source);
    keys.target("copy to", target, options);
    keys.checks().noCrc32c("copy to", target, options);
    Long from = keys.existing("copy", source, sourceCondition);
    Long to = keys.generation("copy to", target, options.condition());
    StorageClass storageClass = options.storageClassOrNull();
    if (storageClass != null && options.metadata().isEmpty()) {
      // A body replaces all fields, so that those of the source must be in it.
      return reads
          .head("copy", source, from, null)
          .thenCompose(
              info ->
                  step(
                      new Rewrite(
                          "copy",
                          source,
                          target,
                          Long.valueOf(info.etag()),
                          to,
                          GcsPuts.fields(info.metadata(), storageClass).toString()),
                      null));
    }
    ObjectNode body = GcsPuts.fields(options.metadata(), storageClass);
    String sent = options.metadata().isEmpty() ? null : body.toString();
    return step(new Rewrite("copy", source, target, from, to, sent), null);
  }

  /** As the store's changeStorageClass: metadata stays, the generation becomes another. */
  public CompletionStage<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) throws ProviderException {
    String verb = "move to " + storageClass;
    keys.key(verb, key);
    keys.checks().needs(verb, key, StoreCapability.STORAGE_CLASS);
    return reads
        .head(verb, key, keys.existing(verb, key, condition), null)
        .thenCompose(
            info -> {
              Long generation = Long.valueOf(info.etag());
              String body = GcsPuts.fields(info.metadata(), storageClass).toString();
              return step(new Rewrite(verb, key, key, generation, generation, body), null);
            });
  }

  private CompletionStage<ObjectInfo> step(Rewrite rewrite, @Nullable String token) {
    HttpUrl.Builder url =
        client
            .place()
            .json(
                "o",
                rewrite.source,
                "rewriteTo",
                "b",
                client.place().bucket(),
                "o",
                rewrite.target);
    GcsKeys.add(url, "ifSourceGenerationMatch", rewrite.sourceMustBe);
    GcsKeys.add(url, "ifGenerationMatch", rewrite.targetMustBe);
    if (token != null) {
      GcsPlace.add(url, "rewriteToken", token);
    }
    url.addQueryParameter("fields", "done,rewriteToken,resource(" + GcsInfos.FIELDS + ")");
    GcsCall call =
        GcsCall.post(
            rewrite.verb,
            rewrite.shown(),
            url,
            rewrite.body == null ? null : GcsBodies.json(rewrite.body));
    return client
        .send(call)
        .thenCompose(
            answer -> {
              try {
                JsonNode json = answer.json();
                if (json.path("done").asBoolean(false)) {
                  return CompletableFuture.completedFuture(GcsInfos.of(json.path("resource")));
                }
                String next = json.path("rewriteToken").asText("");
                if (next.isEmpty()) {
                  throw new IOException("A rewrite that is not done has no token.");
                }
                return step(rewrite, next);
              } catch (IOException e) {
                throw new CompletionException(client.failures().unreadable(call, answer, e));
              }
            });
  }
}
