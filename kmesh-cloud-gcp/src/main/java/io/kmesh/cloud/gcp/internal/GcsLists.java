// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.VersionPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Lists, which the store gives in the order of UTF-8. Parts of open uploads are left out. */
public final class GcsLists {
  private static final int MOST = 1000;

  private final GcsClient client;
  private final GcsKeys keys;

  GcsLists(GcsClient client, GcsKeys keys) {
    this.client = client;
    this.keys = keys;
  }

  /** What the store answered to a list. */
  record Raw(GcsCall call, GcsAnswer answer, JsonNode page) {
    List<ObjectInfo> objects() throws IOException {
      List<ObjectInfo> objects = new ArrayList<>();
      for (JsonNode item : page.path("items")) {
        objects.add(GcsInfos.of(item));
      }
      return objects;
    }

    @Nullable String token() {
      JsonNode token = page.get("nextPageToken");
      return token == null ? null : token.asText();
    }
  }

  /** As the store's list. */
  public CompletionStage<ListPage> list(ListRequest request) throws ProviderException {
    keys.checks().list(request);
    return list(request.prefix(), request.afterOrNull(), request.limit(), request.tokenOrNull());
  }

  /**
   * The store begins a list at a key, not behind it: one entry more is asked for, and dropped. Its
   * token goes with the key that the list began at, which it must be sent with.
   */
  private CompletionStage<ListPage> list(
      String prefix, @Nullable String after, int limit, @Nullable String token) {
    int cut = token == null ? -1 : token.indexOf('\n');
    String start = cut < 0 || token == null ? after : token.substring(0, cut);
    String page = cut < 0 || token == null ? null : token.substring(cut + 1);
    int most = Math.min(MOST, limit);
    HttpUrl.Builder url = url(prefix, GcsInfos.FIELDS);
    boolean isFirst = page == null && after != null;
    url.addQueryParameter(
        "maxResults", Integer.toString(Math.min(MOST, isFirst ? most + 1 : most)));
    if (start != null && !start.isEmpty()) {
      GcsPlace.add(url, "startOffset", start);
    }
    if (page != null) {
      GcsPlace.add(url, "pageToken", page);
    }
    return send("list", prefix, url)
        .thenCompose(
            raw -> {
              try {
                return page(raw, prefix, after, start, most);
              } catch (IOException e) {
                throw unreadable(raw, e);
              }
            });
  }

  private CompletionStage<ListPage> page(
      Raw raw, String prefix, @Nullable String after, @Nullable String start, int most)
      throws IOException {
    List<ObjectInfo> all = raw.objects();
    if (!all.isEmpty() && all.get(0).key().equals(after)) {
      all.remove(0);
    }
    String token = raw.token();
    boolean isMore = token != null;
    if (all.size() > most) {
      all.remove(all.size() - 1);
      isMore = true;
      token = null; // It would continue behind what is dropped here.
    }
    String last = all.isEmpty() ? after : all.get(all.size() - 1).key();
    List<ObjectInfo> shown = all.stream().filter(o -> !keys.isHidden(o.key())).toList();
    String next = token == null ? null : (start == null ? "" : start) + "\n" + token;
    if (isMore && shown.isEmpty()) {
      return last != null && keys.isHidden(last)
          ? list(prefix, behindHidden(), most, null)
          : list(prefix, last, most, next);
    }
    return CompletableFuture.completedFuture(
        isMore ? new ListPage(shown, last, next) : new ListPage(shown, null));
  }

  /** A text behind all keys of parts, which no key is: the folder's name ends in a slash. */
  private String behindHidden() {
    return client.place().uploads() + Character.toString(Character.MAX_CODE_POINT);
  }

  /** As the store's listLevel. */
  public CompletionStage<LevelPage> listLevel(
      String prefix, char delimiter, int limit, @Nullable String next) throws ProviderException {
    keys.checks().list(new ListRequest(prefix, null, limit));
    HttpUrl.Builder url = url(prefix, GcsInfos.FIELDS);
    url.addQueryParameter("maxResults", Integer.toString(Math.min(MOST, limit)));
    GcsPlace.add(url, "delimiter", Character.toString(delimiter));
    if (next != null) {
      GcsPlace.add(url, "pageToken", next);
    }
    return send("list", prefix, url)
        .thenCompose(
            raw -> {
              try {
                List<ObjectInfo> objects =
                    raw.objects().stream().filter(o -> !keys.isHidden(o.key())).toList();
                List<String> prefixes = new ArrayList<>();
                for (JsonNode one : raw.page().path("prefixes")) {
                  if (!keys.isHidden(one.asText())) {
                    prefixes.add(one.asText());
                  }
                }
                String token = raw.token();
                return token != null && objects.isEmpty() && prefixes.isEmpty()
                    ? listLevel(prefix, delimiter, limit, token)
                    : CompletableFuture.completedFuture(new LevelPage(objects, prefixes, token));
              } catch (IOException e) {
                throw unreadable(raw, e);
              }
            });
  }

  /** As the store's listVersions. The store lists the oldest first. */
  public CompletionStage<VersionPage> listVersions(String prefix, int limit, @Nullable String next)
      throws ProviderException {
    return GcsVersionPages.page(this, prefix, limit, next);
  }

  /** One page of versions from a key on, hidden keys too. */
  CompletionStage<Raw> versions(String prefix, String from, int limit, @Nullable String token) {
    HttpUrl.Builder url = url(prefix, GcsInfos.FIELDS + ",timeDeleted");
    url.addQueryParameter("maxResults", Integer.toString(limit));
    url.addQueryParameter("versions", "true");
    if (!from.isEmpty()) {
      GcsPlace.add(url, "startOffset", from);
    }
    if (token != null) {
      GcsPlace.add(url, "pageToken", token);
    }
    return send("list the versions of", prefix, url);
  }

  /** Every object under a prefix, hidden ones too. */
  CompletionStage<List<ObjectInfo>> all(String verb, String prefix) {
    return more(verb, prefix, new ArrayList<>(), null);
  }

  private CompletionStage<List<ObjectInfo>> more(
      String verb, String prefix, List<ObjectInfo> found, @Nullable String token) {
    HttpUrl.Builder url = url(prefix, GcsInfos.FIELDS);
    url.addQueryParameter("maxResults", Integer.toString(MOST));
    if (token != null) {
      GcsPlace.add(url, "pageToken", token);
    }
    return send(verb, prefix, url)
        .thenCompose(
            raw -> {
              try {
                found.addAll(raw.objects());
              } catch (IOException e) {
                throw unreadable(raw, e);
              }
              return raw.token() == null
                  ? CompletableFuture.completedFuture(found)
                  : more(verb, prefix, found, raw.token());
            });
  }

  GcsKeys keys() {
    return keys;
  }

  CompletionException unreadable(Raw raw, IOException cause) {
    return new CompletionException(client.failures().unreadable(raw.call(), raw.answer(), cause));
  }

  private HttpUrl.Builder url(String prefix, String fields) {
    HttpUrl.Builder url = client.place().json("o");
    if (!prefix.isEmpty()) {
      GcsPlace.add(url, "prefix", prefix);
    }
    return url.addQueryParameter("fields", "nextPageToken,prefixes,items(" + fields + ")");
  }

  private CompletionStage<Raw> send(String verb, String prefix, HttpUrl.Builder url) {
    GcsCall call = GcsCall.get(verb, prefix.isEmpty() ? "all keys" : prefix, url);
    return client
        .send(call)
        .thenApply(
            answer -> {
              try {
                return new Raw(call, answer, answer.json());
              } catch (IOException e) {
                throw new CompletionException(client.failures().unreadable(call, answer, e));
              }
            });
  }
}
