// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.http.rest.PagedFlux;
import com.azure.core.http.rest.PagedResponse;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.StoreChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Lists. Azure's marker is the token of a page; a key to begin behind, without one, is its {@code
 * startFrom}, which includes that key. Azure may answer pages without entries: these are passed
 * over. Thread-safe.
 */
final class BlobLister {
  private final StoreContext context;

  BlobLister(StoreContext context) {
    this.context = context;
  }

  CompletionStage<ListPage> list(ListRequest request) {
    return context.call(
        "list",
        request.prefix(),
        () -> context.checks.list(request),
        () -> {
          String after = request.afterOrNull();
          if (after != null
              && !after.startsWith(request.prefix())
              && isBehind(after, request.prefix())) {
            return CompletableFuture.completedFuture(new ListPage(List.of(), null));
          }
          return page(request, request.tokenOrNull());
        });
  }

  private CompletionStage<ListPage> page(ListRequest request, @Nullable String marker) {
    ListBlobsOptions options = options(request.prefix(), request.limit(), details());
    String after = request.afterOrNull();
    // The marker says all; startFrom says where to begin without one.
    if (marker == null && after != null && !isBehind(request.prefix(), after)) {
      options.setStartFrom(after);
    }
    return context
        .read(
            "list", request.prefix(), first(context.container.listBlobs(options, marker).byPage()))
        .thenCompose(
            page -> {
              List<ObjectInfo> objects = new ArrayList<>();
              for (BlobItem item : page.getValue()) {
                if (marker != null || after == null || !isUpTo(item.getName(), after)) {
                  objects.add(Infos.of(item));
                }
              }
              String next = next(page);
              if (objects.isEmpty() && next != null) {
                return page(request, next);
              }
              return CompletableFuture.completedFuture(
                  next == null
                      ? new ListPage(objects, null)
                      : new ListPage(objects, objects.get(objects.size() - 1).key(), next));
            });
  }

  CompletionStage<LevelPage> level(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return context.call(
        "list",
        prefix,
        () -> context.checks.list(new ListRequest(prefix, null, limit)),
        () -> levelPage(prefix, delimiter, limit, next));
  }

  private CompletionStage<LevelPage> levelPage(
      String prefix, char delimiter, int limit, @Nullable String marker) {
    ListBlobsOptions options = options(prefix, limit, details());
    return context
        .read(
            "list",
            prefix,
            first(
                marker == null
                    ? level(delimiter, options).byPage()
                    : level(delimiter, options).byPage(marker)))
        .thenCompose(
            page -> {
              List<ObjectInfo> objects = new ArrayList<>();
              List<String> prefixes = new ArrayList<>();
              for (BlobItem item : page.getValue()) {
                if (Boolean.TRUE.equals(item.isPrefix())) {
                  prefixes.add(item.getName());
                } else {
                  objects.add(Infos.of(item));
                }
              }
              String next = next(page);
              return objects.isEmpty() && prefixes.isEmpty() && next != null
                  ? levelPage(prefix, delimiter, limit, next)
                  : CompletableFuture.completedFuture(new LevelPage(objects, prefixes, next));
            });
  }

  private PagedFlux<BlobItem> level(char delimiter, ListBlobsOptions options) {
    return context.container.listBlobsByHierarchy(String.valueOf(delimiter), options);
  }

  /** The keys under a prefix that may have blocks only: without bytes and without an MD5. */
  CompletionStage<List<String>> withoutBytes(String prefix) {
    return withoutBytes(prefix, null, new ArrayList<>());
  }

  private CompletionStage<List<String>> withoutBytes(
      String prefix, @Nullable String marker, List<String> found) {
    ListBlobsOptions options =
        options(
            prefix,
            StoreContext.LIMITS.listPage(),
            new BlobListDetails().setRetrieveUncommittedBlobs(true));
    return context
        .read(
            "list the uploads of",
            prefix,
            first(context.container.listBlobs(options, marker).byPage()))
        .thenCompose(
            page -> {
              for (BlobItem item : page.getValue()) {
                Long size = item.getProperties().getContentLength();
                byte[] md5 = item.getProperties().getContentMd5();
                if ((size == null || size == 0) && (md5 == null || md5.length == 0)) {
                  found.add(item.getName());
                }
              }
              String next = next(page);
              return next == null
                  ? CompletableFuture.completedFuture(found)
                  : withoutBytes(prefix, next, found);
            });
  }

  private static BlobListDetails details() {
    return new BlobListDetails().setRetrieveMetadata(true);
  }

  private static ListBlobsOptions options(String prefix, int limit, BlobListDetails details) {
    ListBlobsOptions options =
        new ListBlobsOptions()
            .setMaxResultsPerPage(Math.min(limit, StoreContext.LIMITS.listPage()))
            .setDetails(details);
    if (!prefix.isEmpty()) {
      options.setPrefix(prefix);
    }
    return options;
  }

  private static Mono<PagedResponse<BlobItem>> first(Flux<PagedResponse<BlobItem>> pages) {
    return pages.next();
  }

  private static @Nullable String next(PagedResponse<BlobItem> page) {
    String token = page.getContinuationToken();
    return token == null || token.isEmpty() ? null : token;
  }

  /** Whether a key is behind another in every order that Azure may have. */
  private static boolean isBehind(String key, String other) {
    return key.compareTo(other) > 0 && StoreChecks.UTF8_ORDER.compare(key, other) > 0;
  }

  /** Whether a key is another or before it, in every order that Azure may have. */
  private static boolean isUpTo(String key, String other) {
    return key.compareTo(other) <= 0 && StoreChecks.UTF8_ORDER.compare(key, other) <= 0;
  }
}
