// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.spi.store.ObjectInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Joins parts to one object: 32 at a time, and what that makes again, until one is left. */
final class GcsCompose {
  private static final int MOST = 32;
  private static final int AT_ONCE = 8;

  private final GcsClient client;
  private final GcsUploadId upload;
  private final String key;

  /** An object of a generation. */
  record Source(String name, String generation) {}

  GcsCompose(GcsClient client, GcsUploadId upload, String key) {
    this.client = client;
    this.upload = upload;
    this.key = key;
  }

  /** Joins sources to the object of the key; only this last step shows anything. */
  CompletionStage<ObjectInfo> join(
      List<Source> sources, Map<String, String> metadata, @Nullable Long mustBe) {
    return narrow(sources, 1)
        .thenCompose(few -> compose(few, key, GcsPuts.fields(metadata, null), mustBe));
  }

  private CompletionStage<List<Source>> narrow(List<Source> sources, int level) {
    if (sources.size() <= MOST) {
      return CompletableFuture.completedFuture(sources);
    }
    return groups(sources, level, 0, new ArrayList<>())
        .thenCompose(fewer -> narrow(fewer, level + 1));
  }

  /** Joins some groups at once, then those behind them. */
  private CompletionStage<List<Source>> groups(
      List<Source> sources, int level, int from, List<Source> made) {
    if (from >= sources.size()) {
      return CompletableFuture.completedFuture(made);
    }
    List<CompletableFuture<Source>> sent = new ArrayList<>();
    int at = from;
    while (sent.size() < AT_ONCE && at < sources.size()) {
      List<Source> group = sources.subList(at, Math.min(sources.size(), at + MOST));
      String name = upload.join(level, made.size() + sent.size());
      sent.add(
          compose(group, name, GcsPuts.fields(Map.of(), null), null)
              .thenApply(info -> new Source(name, info.etag()))
              .toCompletableFuture());
      at += group.size();
    }
    int next = at;
    return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
        .thenCompose(
            all -> {
              sent.forEach(one -> made.add(one.join()));
              return groups(sources, level, next, made);
            });
  }

  private CompletionStage<ObjectInfo> compose(
      List<Source> sources, String target, ObjectNode destination, @Nullable Long mustBe) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode all = body.putArray("sourceObjects");
    for (Source source : sources) {
      ObjectNode one = all.addObject();
      one.put("name", source.name()).put("generation", source.generation());
      // Another generation of the part is another part, even where the old one is kept.
      one.putObject("objectPreconditions").put("ifGenerationMatch", source.generation());
    }
    body.set("destination", destination);
    HttpUrl.Builder url = client.place().json("o", target, "compose");
    GcsKeys.add(url, "ifGenerationMatch", mustBe);
    url.addQueryParameter("fields", GcsInfos.FIELDS);
    GcsCall call =
        GcsCall.post("complete the upload of", key, url, GcsBodies.json(body.toString()));
    return client.send(call).thenApply(answer -> GcsPuts.info(client, call, answer));
  }
}
