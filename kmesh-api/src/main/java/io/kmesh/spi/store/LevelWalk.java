// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One level of keys of a store that lists in the order of UTF-8, by skipping what is below it. */
final class LevelWalk {
  /** Behind every key that begins with what it is put behind, but for those that go on with it. */
  private static final String LAST = Character.toString(Character.MAX_CODE_POINT);

  private final ObjectStore store;
  private final String prefix;
  private final char delimiter;
  private final int limit;
  private final List<ObjectInfo> objects = new ArrayList<>();
  private final List<String> prefixes = new ArrayList<>();
  private @Nullable String after;
  private @Nullable String below;

  private LevelWalk(ObjectStore store, String prefix, char delimiter, int limit) {
    this.store = store;
    this.prefix = prefix;
    this.delimiter = delimiter;
    this.limit = limit;
  }

  static CompletionStage<LevelPage> page(
      ObjectStore store, String prefix, char delimiter, int limit, @Nullable String next) {
    if (!store.capabilities().contains(StoreCapability.UTF8_KEY_ORDER)) {
      return StoreRefusals.refuse(store, StoreCapability.UTF8_KEY_ORDER, "list one level");
    }
    LevelWalk walk = new LevelWalk(store, prefix, delimiter, limit);
    if (next != null) {
      walk.behind(next);
    }
    return walk.go();
  }

  /** Continues behind a key, or behind all keys below a prefix. */
  private void behind(String last) {
    boolean isPrefix =
        last.length() > prefix.length() && last.charAt(last.length() - 1) == delimiter;
    below = isPrefix ? last : null;
    after = isPrefix ? last + LAST : last;
  }

  private CompletionStage<LevelPage> go() {
    return store
        .list(new ListRequest(prefix, after, limit))
        .thenCompose(
            page -> {
              String last = after;
              for (ObjectInfo info : page.objects()) {
                if (below == null || !info.key().startsWith(below)) {
                  last = take(info);
                  behind(last);
                }
                if (objects.size() + prefixes.size() == limit) {
                  return CompletableFuture.completedFuture(new LevelPage(objects, prefixes, last));
                }
              }
              if (page.nextAfterOrNull() == null) {
                return CompletableFuture.completedFuture(new LevelPage(objects, prefixes, null));
              }
              String next = page.nextAfterOrNull();
              if (after == null || StoreChecks.UTF8_ORDER.compare(next, after) > 0) {
                after = next;
              }
              return go();
            });
  }

  private String take(ObjectInfo info) {
    int end = info.key().indexOf(delimiter, prefix.length());
    if (end < 0) {
      objects.add(info);
      return info.key();
    }
    String found = info.key().substring(0, end + 1);
    prefixes.add(found);
    return found;
  }
}
