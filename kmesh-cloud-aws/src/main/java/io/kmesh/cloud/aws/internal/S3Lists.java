// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectVersion;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.VersionPage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.DeleteMarkerEntry;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.OptionalObjectAttributes;

/** Pages of keys, of levels and of versions. Keys come URL-encoded: XML can't hold them all. */
final class S3Lists {
  private final S3Context context;

  S3Lists(S3Context context) {
    this.context = context;
  }

  CompletableFuture<ListPage> list(ListRequest request) {
    return context
        .calls
        .call(
            Deed.read("list", request.prefix()),
            () -> context.checks.list(request),
            () ->
                context.client.listObjectsV2(
                    page(request.prefix(), request.limit())
                        .startAfter(request.tokenOrNull() == null ? request.afterOrNull() : null)
                        .continuationToken(request.tokenOrNull())
                        .build()))
        .thenApply(this::page);
  }

  private ListObjectsV2Request.Builder page(String prefix, int limit) {
    ListObjectsV2Request.Builder builder =
        ListObjectsV2Request.builder()
            .bucket(context.bucket)
            .prefix(prefix.isEmpty() ? null : prefix)
            .maxKeys(Math.min(limit, S3Context.LIMITS.listPage()))
            .encodingType(EncodingType.URL)
            .requestPayer(context.payer());
    if (context.has(StoreCapability.ARCHIVE_RESTORE)) {
      builder.optionalObjectAttributes(OptionalObjectAttributes.RESTORE_STATUS);
    }
    return builder;
  }

  private ListPage page(ListObjectsV2Response reply) {
    List<ObjectInfo> objects = reply.contents().stream().map(context.infos::of).toList();
    boolean isLast = !Boolean.TRUE.equals(reply.isTruncated()) || objects.isEmpty();
    return isLast
        ? new ListPage(objects, null)
        : new ListPage(
            objects, objects.get(objects.size() - 1).key(), reply.nextContinuationToken());
  }

  CompletableFuture<LevelPage> level(
      String prefix, char delimiter, int limit, @Nullable String next) {
    return context
        .calls
        .call(
            Deed.read("list one level", prefix),
            () -> context.checks.list(new ListRequest(prefix, null, limit)),
            () ->
                context.client.listObjectsV2(
                    page(prefix, limit)
                        .delimiter(String.valueOf(delimiter))
                        .continuationToken(next)
                        .build()))
        .thenApply(
            reply ->
                new LevelPage(
                    reply.contents().stream().map(context.infos::of).toList(),
                    reply.commonPrefixes().stream().map(CommonPrefix::prefix).toList(),
                    Boolean.TRUE.equals(reply.isTruncated())
                        ? reply.nextContinuationToken()
                        : null));
  }

  CompletableFuture<VersionPage> versions(String prefix, int limit, @Nullable String next) {
    return context
        .calls
        .call(
            Deed.read("list the versions of", prefix),
            () -> checkVersions(prefix, limit),
            () -> context.rest().listObjectVersions(versionRequest(prefix, limit, next)))
        .thenApply(this::versionPage);
  }

  private void checkVersions(String prefix, int limit) throws ProviderException {
    context.checks.list(new ListRequest(prefix, null, limit));
    context.checks.needs("list the versions of", prefix, StoreCapability.VERSIONS);
  }

  /** What continues is the version's id, which is never empty then, a newline, and the key. */
  private ListObjectVersionsRequest versionRequest(
      String prefix, int limit, @Nullable String next) {
    int split = next == null ? -1 : next.indexOf('\n');
    return ListObjectVersionsRequest.builder()
        .bucket(context.bucket)
        .prefix(prefix.isEmpty() ? null : prefix)
        .maxKeys(Math.min(limit, S3Context.LIMITS.listPage()))
        .encodingType(EncodingType.URL)
        .versionIdMarker(next == null || split < 1 ? null : next.substring(0, split))
        .keyMarker(next == null ? null : next.substring(split + 1))
        .requestPayer(context.payer())
        .build();
  }

  /** Versions and marks come in two lists, and are put in one order again. */
  private VersionPage versionPage(ListObjectVersionsResponse reply) {
    List<ObjectVersion> all = new ArrayList<>();
    reply
        .versions()
        .forEach(
            v ->
                all.add(
                    new ObjectVersion(
                        context.infos.of(v), Boolean.TRUE.equals(v.isLatest()), false)));
    reply
        .deleteMarkers()
        .forEach(m -> all.add(new ObjectVersion(mark(m), Boolean.TRUE.equals(m.isLatest()), true)));
    all.sort(
        Comparator.comparing((ObjectVersion v) -> v.info().key(), StoreChecks.UTF8_ORDER)
            .thenComparing(v -> !v.isLatest())
            .thenComparing(v -> v.info().lastModified(), Comparator.reverseOrder()));
    boolean isLast = !Boolean.TRUE.equals(reply.isTruncated()) || reply.nextKeyMarker() == null;
    return new VersionPage(
        all,
        isLast
            ? null
            : Objects.requireNonNullElse(reply.nextVersionIdMarker(), "")
                + "\n"
                + reply.nextKeyMarker());
  }

  private static ObjectInfo mark(DeleteMarkerEntry m) {
    return new ObjectInfo(
        m.key(), 0, "", m.versionId(), S3Infos.time(m.lastModified(), null), Map.of(), null);
  }
}
