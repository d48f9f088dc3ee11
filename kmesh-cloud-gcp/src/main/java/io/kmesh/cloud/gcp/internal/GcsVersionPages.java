// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectVersion;
import io.kmesh.spi.store.VersionPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Pages of versions with the newest of a key first, of a store that lists the oldest first. All
 * versions of a key are read before it is given; a page says the key that it ends with and how many
 * of its versions were given, and the next one begins there.
 */
final class GcsVersionPages {
  private static final int MOST = 1000;

  private final GcsLists lists;
  private final String prefix;
  private final int limit;
  private final String from;
  private final int given;
  private final List<ObjectVersion> page = new ArrayList<>();
  private final List<ObjectVersion> ofKey = new ArrayList<>();

  private GcsVersionPages(GcsLists lists, String prefix, int limit, String from, int given) {
    this.lists = lists;
    this.prefix = prefix;
    this.limit = limit;
    this.from = from;
    this.given = given;
  }

  static CompletionStage<VersionPage> page(
      GcsLists lists, String prefix, int limit, @Nullable String next) throws ProviderException {
    lists.keys().checks().list(new ListRequest(prefix, null, limit));
    String from = "";
    int given = 0;
    if (next != null) {
      int colon = next.indexOf(':');
      from = next.substring(colon + 1);
      given = Integer.parseInt(next, 0, colon, 10);
    }
    GcsVersionPages pages = new GcsVersionPages(lists, prefix, limit, from, given);
    return pages.read(null);
  }

  private CompletionStage<VersionPage> read(@Nullable String token) {
    return lists
        .versions(prefix, from, MOST, token)
        .thenCompose(
            raw -> {
              try {
                for (JsonNode item : raw.page().path("items")) {
                  VersionPage full = take(item);
                  if (full != null) {
                    return CompletableFuture.completedFuture(full);
                  }
                }
              } catch (IOException e) {
                throw lists.unreadable(raw, e);
              }
              if (raw.token() != null) {
                return read(raw.token());
              }
              VersionPage full = giveKey();
              return CompletableFuture.completedFuture(
                  full == null ? new VersionPage(page, null) : full);
            });
  }

  /** Takes a version; the page when it is full. */
  private @Nullable VersionPage take(JsonNode item) throws IOException {
    ObjectInfo info = GcsInfos.of(item);
    if (lists.keys().isHidden(info.key())) {
      return null;
    }
    VersionPage full = null;
    if (!ofKey.isEmpty() && !ofKey.get(0).info().key().equals(info.key())) {
      full = giveKey();
    }
    ofKey.add(new ObjectVersion(info, !item.has("timeDeleted"), false));
    return full != null || page.size() < limit ? full : new VersionPage(page, "0:" + info.key());
  }

  /** Gives what is known of a key whose versions were all read; the page when it is full. */
  private @Nullable VersionPage giveKey() {
    if (ofKey.isEmpty()) {
      return null;
    }
    String key = ofKey.get(0).info().key();
    int skipped = key.equals(from) ? given : 0;
    for (int i = ofKey.size() - 1 - skipped; i >= 0; i--) {
      if (page.size() == limit) {
        return new VersionPage(page, (ofKey.size() - 1 - i) + ":" + key);
      }
      page.add(ofKey.get(i));
    }
    ofKey.clear();
    return null;
  }
}
