// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;

/**
 * Copies within the bucket. The source is looked at first, and the copy is bound to what was seen:
 * its size and metadata are the copy's.
 */
final class S3Copies {
  private final S3Context context;
  private final S3Objects objects;

  S3Copies(S3Context context, S3Objects objects) {
    this.context = context;
    this.objects = objects;
  }

  CompletableFuture<ObjectInfo> copy(
      String source, Condition sourceCondition, String target, PutOptions options) {
    Deed deed = new Deed("copy", source + " to " + target, true, false);
    return context.calls.call(
        deed,
        () -> {
          context.checks.key("copy", source);
          context.checks.key("copy to", target);
          context.checks.needs("copy", source, StoreCapability.COPY);
          context.checks.target("copy to", target, options);
          context.checks.noCrc32c("copy to", target, options);
          context.checks.sourceCondition("copy", source, sourceCondition);
        },
        () ->
            objects
                .head(Deed.read("copy", source), source, null)
                .thenCompose(info -> copy(deed, info, sourceCondition, target, options)));
  }

  CompletableFuture<ObjectInfo> changeStorageClass(
      String key, Condition condition, StorageClass storageClass) {
    Deed deed = Deed.write("move to " + storageClass, key);
    return context.calls.call(
        deed,
        () -> {
          context.checks.key(deed.verb(), key);
          context.checks.needs(deed.verb(), key, StoreCapability.STORAGE_CLASS);
          context.checks.sourceCondition(deed.verb(), key, condition);
        },
        () ->
            objects
                .head(Deed.read(deed.verb(), key), key, null)
                .thenCompose(
                    info ->
                        copy(
                            deed,
                            info,
                            condition,
                            key,
                            PutOptions.NONE.withStorageClass(storageClass))));
  }

  private CompletableFuture<ObjectInfo> copy(
      Deed deed, ObjectInfo source, Condition asked, String target, PutOptions options) {
    try {
      context.checks.source("copy", source.key(), asked, source.etag());
      context.checks.copySize(deed.verb(), source.key(), source.size());
      checkSha256(deed, source, options);
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
    CopyObjectRequest request = request(source, target, options);
    Deed bound = deed.under(options.condition());
    return context
        .calls
        .send(bound, () -> context.rest().copyObject(request))
        .thenApply(reply -> copied(source, target, options, reply));
  }

  /** S3 compares nothing while it copies; what it keeps with the source is as good. */
  private void checkSha256(Deed deed, ObjectInfo source, PutOptions options)
      throws ProviderException {
    if (options.sha256OrNull() == null) {
      return;
    }
    if (source.sha256OrNull() == null) {
      throw context.errors.failure(
          deed,
          ErrorKind.UNSUPPORTED,
          "the store keeps no SHA-256 of the source to compare. Copy it without one",
          null);
    }
    context.checks.checksum("copy", source.key(), options, source.sha256OrNull());
  }

  private CopyObjectRequest request(ObjectInfo source, String target, PutOptions options) {
    Map<String, String> metadata = options.metadata();
    return CopyObjectRequest.builder()
        .sourceBucket(context.bucket)
        .sourceKey(source.key())
        .copySourceIfMatch(S3Infos.quoted(source.etag()))
        .destinationBucket(context.bucket)
        .destinationKey(target)
        .metadataDirective(metadata.isEmpty() ? MetadataDirective.COPY : MetadataDirective.REPLACE)
        .metadata(metadata.isEmpty() ? null : metadata)
        .storageClass(options.storageClass().map(StorageClass::name).orElse(null))
        .ifMatch(S3Context.ifMatch(options.condition()))
        .ifNoneMatch(S3Context.ifNoneMatch(options.condition()))
        .requestPayer(context.payer())
        .build();
  }

  private ObjectInfo copied(
      ObjectInfo source, String target, PutOptions options, CopyObjectResponse reply) {
    var result = reply.copyObjectResult();
    return new ObjectInfo(
        target,
        source.size(),
        S3Infos.plain(result == null ? null : result.eTag()),
        S3Infos.version(reply.versionId()),
        S3Infos.time(result == null ? null : result.lastModified(), reply.sdkHttpResponse()),
        options.metadata().isEmpty() ? source.metadata() : options.metadata(),
        S3Infos.sha256(result == null ? null : result.checksumSHA256()),
        S3Infos.crc32c(result == null ? null : result.checksumCRC32C()),
        storage(options));
  }

  private static @Nullable ObjectStorage storage(PutOptions options) {
    return options.storageClass().map(ObjectStorage::readable).orElse(null);
  }
}
