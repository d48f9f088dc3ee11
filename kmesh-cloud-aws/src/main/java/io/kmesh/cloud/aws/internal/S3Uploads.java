// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CopyPartResult;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** Uploads in parts. */
final class S3Uploads {
  private final S3Context context;
  private final S3Objects objects;

  S3Uploads(S3Context context, S3Objects objects) {
    this.context = context;
    this.objects = objects;
  }

  CompletableFuture<Upload> start(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    String verb = "start an upload of";
    return context
        .calls
        .call(
            Deed.write(verb, key),
            () -> {
              context.checks.key(verb, key);
              context.checks.needs(verb, key, StoreCapability.MULTIPART);
              context.checks.metadata(verb, key, metadata);
              if (storageClass != null) {
                context.checks.needs(verb, key, StoreCapability.STORAGE_CLASS);
              }
            },
            () -> context.rest().createMultipartUpload(startRequest(key, metadata, storageClass)))
        .thenApply(reply -> new Upload(key, reply.uploadId()));
  }

  private CreateMultipartUploadRequest startRequest(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass) {
    CreateMultipartUploadRequest.Builder request =
        CreateMultipartUploadRequest.builder()
            .bucket(context.bucket)
            .key(key)
            .metadata(metadata)
            .storageClass(storageClass == null ? null : storageClass.name())
            .requestPayer(context.payer());
    if (sendsCrc()) {
      // Of all types only that of the whole object tells what a reader can compare.
      request.checksumAlgorithm(ChecksumAlgorithm.CRC32_C).checksumType(ChecksumType.FULL_OBJECT);
    }
    return request.build();
  }

  private boolean sendsCrc() {
    return context.options.checksums() == ChecksumMode.WHEN_SUPPORTED;
  }

  CompletableFuture<UploadPart> part(Upload upload, int number, ByteBuffer body) {
    String verb = "upload a part of";
    String key = upload.key();
    return context
        .calls
        .call(
            Deed.write(verb, key),
            () -> {
              checkUpload(verb, upload);
              context.checks.partNumber(key, number);
              context.checks.putSize(verb, key, body.remaining());
            },
            () -> {
              UploadPartRequest.Builder request =
                  UploadPartRequest.builder()
                      .bucket(context.bucket)
                      .key(key)
                      .uploadId(upload.id())
                      .partNumber(number)
                      .requestPayer(context.payer());
              if (sendsCrc()) {
                request.checksumCRC32C(S3Infos.base64(Crc32c.of(body)));
              }
              return context.client.uploadPart(request.build(), BufferBody.of(body));
            })
        .thenApply(reply -> new UploadPart(number, S3Infos.plain(reply.eTag()), body.remaining()));
  }

  /** Like a part that is sent; S3 reads the range, and gives the checksum of what it read. */
  CompletableFuture<UploadPart> copy(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    String verb = "copy a part of";
    Deed deed = new Deed(verb, source + " to " + upload.key(), true, false);
    return context
        .calls
        .call(
            deed,
            () -> {
              context.checks.key(verb, source);
              context.checks.needs(verb, source, StoreCapability.PART_COPY);
              checkUpload(verb, upload);
              context.checks.partNumber(upload.key(), number);
              context.checks.sourceCondition(verb, source, sourceCondition);
              context.checks.copiedRange(source, offset, length);
            },
            () ->
                context
                    .rest()
                    .uploadPartCopy(
                        r ->
                            r.sourceBucket(context.bucket)
                                .sourceKey(source)
                                .copySourceIfMatch(
                                    sourceCondition instanceof Condition.Matches m
                                        ? S3Infos.quoted(m.etag())
                                        : null)
                                .copySourceRange("bytes=" + offset + "-" + (offset + length - 1))
                                .destinationBucket(context.bucket)
                                .destinationKey(upload.key())
                                .uploadId(upload.id())
                                .partNumber(number)
                                .requestPayer(context.payer())))
        .thenCompose(reply -> copied(deed, number, length, reply.copyPartResult()));
  }

  private CompletableFuture<UploadPart> copied(
      Deed deed, int number, long length, @Nullable CopyPartResult result) {
    if (result == null || result.eTag() == null) {
      return CompletableFuture.failedFuture(
          context.errors.failure(
              deed,
              ErrorKind.UNKNOWN_OUTCOME,
              "the server's answer has no ETag. Copy the part again",
              null));
    }
    return CompletableFuture.completedFuture(
        new UploadPart(number, S3Infos.plain(result.eTag()), length));
  }

  private void checkUpload(String verb, Upload upload) throws ProviderException {
    context.checks.key(verb, upload.key());
    context.checks.needs(verb, upload.key(), StoreCapability.MULTIPART);
    if (upload.id().isEmpty()) {
      throw context.checks.uploadGone(verb, upload);
    }
  }

  CompletableFuture<List<UploadPart>> parts(Upload upload) {
    String verb = "list the parts of";
    return context.calls.call(
        Deed.read(verb, upload.key()),
        () -> checkUpload(verb, upload),
        () -> parts(upload, null, new ArrayList<>()));
  }

  private CompletableFuture<List<UploadPart>> parts(
      Upload upload, @Nullable Integer after, List<UploadPart> found) {
    return context
        .rest()
        .listParts(
            r ->
                r.bucket(context.bucket)
                    .key(upload.key())
                    .uploadId(upload.id())
                    .partNumberMarker(after)
                    .requestPayer(context.payer()))
        .thenCompose(
            reply -> {
              reply
                  .parts()
                  .forEach(
                      p ->
                          found.add(
                              new UploadPart(p.partNumber(), S3Infos.plain(p.eTag()), p.size())));
              boolean isLast =
                  !Boolean.TRUE.equals(reply.isTruncated()) || reply.nextPartNumberMarker() == null;
              return isLast
                  ? CompletableFuture.completedFuture(List.copyOf(found))
                  : parts(upload, reply.nextPartNumberMarker(), found);
            });
  }

  CompletableFuture<ObjectInfo> complete(
      Upload upload, List<UploadPart> parts, PutOptions options) {
    String verb = "complete the upload of";
    String key = upload.key();
    Deed deed = Deed.write(verb, key).under(options.condition());
    return context
        .calls
        .call(
            deed,
            () -> {
              checkUpload(verb, upload);
              checkOptions(deed, options);
              // Which parts are held only the server knows, and it compares.
              context.checks.parts(key, parts, parts);
            },
            () ->
                context
                    .rest()
                    .completeMultipartUpload(
                        r ->
                            r.bucket(context.bucket)
                                .key(key)
                                .uploadId(upload.id())
                                .multipartUpload(m -> m.parts(chosen(parts)))
                                .ifMatch(S3Context.ifMatch(options.condition()))
                                .ifNoneMatch(S3Context.ifNoneMatch(options.condition()))
                                .requestPayer(context.payer())))
        .thenCompose(reply -> completed(key, parts, reply));
  }

  private void checkOptions(Deed deed, PutOptions options) throws ProviderException {
    String key = deed.object();
    context.checks.target(deed.verb(), key, options);
    context.checks.noCrc32c(deed.verb(), key, options);
    context.checks.completeMetadata(key, options, Map.of());
    context.checks.completeChecksum(key, options);
  }

  private static List<CompletedPart> chosen(List<UploadPart> parts) {
    return parts.stream()
        .map(
            p ->
                CompletedPart.builder()
                    .partNumber(p.number())
                    .eTag(S3Infos.quoted(p.etag()))
                    .build())
        .toList();
  }

  /** The answer lacks time and metadata; a head that fails takes nothing from the success. */
  private CompletableFuture<ObjectInfo> completed(
      String key, List<UploadPart> parts, CompleteMultipartUploadResponse reply) {
    String etag = S3Infos.plain(reply.eTag());
    ObjectInfo told =
        new ObjectInfo(
            key,
            parts.stream().mapToLong(UploadPart::size).sum(),
            etag,
            S3Infos.version(reply.versionId()),
            S3Infos.time(null, reply.sdkHttpResponse()),
            Map.of(),
            null,
            S3Infos.crc32c(reply.checksumCRC32C()),
            null);
    return objects
        .head(key)
        .handle((info, failure) -> failure == null && info.etag().equals(etag) ? info : told);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the future within the future is flattened
  CompletableFuture<Void> abort(Upload upload) {
    String verb = "abort the upload of";
    return context
        .calls
        .call(
            Deed.write(verb, upload.key()),
            () -> context.checks.needs(verb, upload.key(), StoreCapability.MULTIPART),
            () ->
                upload.id().isEmpty()
                    ? CompletableFuture.completedFuture(null)
                    : context
                        .rest()
                        .abortMultipartUpload(
                            r ->
                                r.bucket(context.bucket)
                                    .key(upload.key())
                                    .uploadId(upload.id())
                                    .requestPayer(context.payer())))
        .handle(
            (reply, failure) -> {
              Throwable cause = failure == null ? null : S3Calls.cause(failure);
              boolean isGone =
                  cause instanceof ProviderException e && e.kind() == ErrorKind.NOT_FOUND;
              return cause == null || isGone
                  ? CompletableFuture.<Void>completedFuture(null)
                  : CompletableFuture.<Void>failedFuture(cause);
            })
        .thenCompose(Function.identity());
  }

  CompletableFuture<List<OpenUpload>> list(String prefix) {
    String verb = "list the uploads of";
    return context.calls.call(
        Deed.read(verb, prefix),
        () -> {
          context.checks.list(ListRequest.prefix(prefix));
          context.checks.needs(verb, prefix, StoreCapability.MULTIPART);
        },
        () -> uploads(prefix, null, null, new ArrayList<>()));
  }

  private CompletableFuture<List<OpenUpload>> uploads(
      String prefix, @Nullable String afterKey, @Nullable String afterId, List<OpenUpload> found) {
    return context
        .rest()
        .listMultipartUploads(
            r ->
                r.bucket(context.bucket)
                    .prefix(prefix.isEmpty() ? null : prefix)
                    .encodingType(EncodingType.URL)
                    .keyMarker(afterKey)
                    .uploadIdMarker(afterId)
                    .requestPayer(context.payer()))
        .thenCompose(
            reply -> {
              reply
                  .uploads()
                  .forEach(
                      u ->
                          found.add(
                              new OpenUpload(new Upload(u.key(), u.uploadId()), u.initiated())));
              boolean isLast =
                  !Boolean.TRUE.equals(reply.isTruncated())
                      || reply.nextKeyMarker() == null
                      || reply.nextKeyMarker().isEmpty();
              return isLast
                  ? CompletableFuture.completedFuture(List.copyOf(found))
                  : uploads(prefix, reply.nextKeyMarker(), reply.nextUploadIdMarker(), found);
            });
  }
}
