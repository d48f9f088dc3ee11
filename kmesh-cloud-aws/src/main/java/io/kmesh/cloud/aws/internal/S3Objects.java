// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Availability;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StreamedReads;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.RequestPayer;
import software.amazon.awssdk.services.s3.model.Tier;

/** Single objects: put, read, head, restore. */
final class S3Objects {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final S3Context context;

  S3Objects(S3Context context) {
    this.context = context;
  }

  CompletableFuture<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
    Deed deed = Deed.write("put", key).under(options.condition());
    Crc32c[] crc = new Crc32c[1];
    return context
        .calls
        .call(
            deed,
            () -> {
              context.checks.key("put", key);
              context.checks.target("put", key, options);
              context.checks.putSize("put", key, body.remaining());
              crc[0] = crcOf(key, body, options);
            },
            () -> context.client.putObject(request(key, options, crc[0]), BufferBody.of(body)))
        .thenCompose(reply -> written(deed, body.remaining(), options, crc[0], reply));
  }

  /**
   * The CRC-32C that is sent. S3 takes one checksum with a put: beside a SHA-256 the CRC-32C is
   * compared here, and what is sent is guarded by the SHA-256.
   */
  private @Nullable Crc32c crcOf(String key, ByteBuffer body, PutOptions options)
      throws ProviderException {
    if (options.sha256OrNull() != null) {
      if (options.crc32cOrNull() != null) {
        context.checks.checksum("put", key, options, Crc32c.of(body));
      }
      return null;
    }
    if (options.crc32cOrNull() != null) {
      return options.crc32cOrNull();
    }
    boolean isWanted =
        context.options.checksums() == io.kmesh.cloud.aws.internal.ChecksumMode.WHEN_SUPPORTED;
    return isWanted ? Crc32c.of(body) : null;
  }

  private PutObjectRequest request(String key, PutOptions options, @Nullable Crc32c crc) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(context.bucket)
            .key(key)
            .metadata(options.metadata())
            .ifMatch(S3Context.ifMatch(options.condition()))
            .ifNoneMatch(S3Context.ifNoneMatch(options.condition()))
            .requestPayer(context.payer());
    if (options.sha256OrNull() != null) {
      request.checksumSHA256(S3Infos.base64(options.sha256OrNull()));
    }
    if (crc != null) {
      request.checksumCRC32C(S3Infos.base64(crc));
    }
    options.storageClass().ifPresent(c -> request.storageClass(c.name()));
    return request.build();
  }

  private CompletableFuture<ObjectInfo> written(
      Deed deed, long size, PutOptions options, @Nullable Crc32c sent, PutObjectResponse reply) {
    Sha256 sha256 = S3Infos.sha256(reply.checksumSHA256());
    Crc32c crc32c = S3Infos.crc32c(reply.checksumCRC32C());
    boolean differs =
        (sha256 != null && !Objects.equals(sha256, options.sha256OrNull()))
            || (crc32c != null && sent != null && !crc32c.equals(sent));
    if (differs) {
      return CompletableFuture.failedFuture(
          context.errors.failure(
              deed,
              ErrorKind.CORRUPT,
              "the server stored another checksum than that of what was sent. Look at the object",
              null));
    }
    return CompletableFuture.completedFuture(
        new ObjectInfo(
            deed.object(),
            size,
            S3Infos.plain(reply.eTag()),
            S3Infos.version(reply.versionId()),
            S3Infos.time(null, reply.sdkHttpResponse()),
            options.metadata(),
            sha256,
            crc32c,
            context.has(StoreCapability.STORAGE_CLASS)
                ? options.storageClass().map(ObjectStorage::readable).orElse(null)
                : null));
  }

  CompletableFuture<ObjectInfo> head(String key) {
    return head(Deed.read("head", key), key, null);
  }

  /** A head as a step of another deed. */
  CompletableFuture<ObjectInfo> head(Deed deed, String key, @Nullable String versionId) {
    HeadObjectRequest request =
        HeadObjectRequest.builder()
            .bucket(context.bucket)
            .key(key)
            .versionId(versionId)
            .checksumMode(context.has(StoreCapability.SHA256) ? ChecksumMode.ENABLED : null)
            .requestPayer(context.payer())
            .build();
    return context
        .calls
        .call(
            deed,
            () -> context.checks.key(deed.verb(), key),
            () -> context.client.headObject(request))
        .thenApply(reply -> context.infos.of(key, reply));
  }

  CompletableFuture<ObjectRange> read(
      String key, @Nullable String versionId, long offset, int length, Condition condition) {
    return read(Deed.read("read", key), versionId, offset, length, condition, this::range);
  }

  /** Reads that hand bytes on as they come; the SDK's clients don't block for who takes them. */
  Optional<StreamedReads> streamedReads() {
    return context.client instanceof DirectS3Client client
        ? Optional.of(
            (key, offset, length, condition, sink) ->
                read(
                        Deed.read("read", key),
                        null,
                        offset,
                        length,
                        condition,
                        (read, reader) ->
                            client.stream(read, reader, sink)
                                .thenApply(info -> new ObjectRange(info, offset, NOTHING)))
                    .thenApply(ObjectRange::info))
        : Optional.empty();
  }

  /** Sends the request for a range. */
  private interface Getter {
    CompletableFuture<ObjectRange> get(DirectS3Client.Read read, RangeReader reader);
  }

  private CompletableFuture<ObjectRange> read(
      Deed deed,
      @Nullable String versionId,
      long offset,
      int length,
      Condition condition,
      Getter getter) {
    String key = deed.object();
    return context.calls.call(
        deed,
        () -> {
          context.checks.key("read", key);
          context.checks.range(key, offset, length);
          if (condition instanceof Condition.Absent) {
            context.checks.source("read", key, condition, "");
          }
          if (versionId != null) {
            context.checks.needs("read", key, StoreCapability.VERSIONS);
          }
        },
        () ->
            length == 0
                ? nothing(deed, versionId, offset, condition)
                : range(deed, versionId, offset, length, condition, getter));
  }

  private CompletableFuture<ObjectRange> range(DirectS3Client.Read r, RangeReader reader) {
    if (context.client instanceof DirectS3Client direct) {
      return direct.read(r, reader);
    }
    GetObjectRequest request =
        GetObjectRequest.builder()
            .bucket(context.bucket)
            .key(r.key())
            .versionId(r.versionId())
            .range(r.range())
            .ifMatch(r.ifMatch())
            .requestPayer(r.payer())
            .build();
    return context.client.getObject(request, reader);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the future within the future is flattened
  private CompletableFuture<ObjectRange> range(
      Deed deed,
      @Nullable String versionId,
      long offset,
      int length,
      Condition condition,
      Getter getter) {
    long last = Math.addExact(offset, length - 1);
    DirectS3Client.Read read =
        new DirectS3Client.Read(
            deed.object(),
            versionId,
            "bytes=" + offset + "-" + last,
            S3Context.ifMatch(condition),
            context.options.isRequesterPays() ? RequestPayer.REQUESTER.toString() : null);
    CompletableFuture<ObjectRange> came =
        getter.get(
            read, new RangeReader(context.uri, deed.object(), offset, length, context.infos));
    if (S3Calls.isThere(came)) {
      return came;
    }
    return came.handle(
            (range, failure) -> {
              if (failure == null) {
                return CompletableFuture.completedFuture(range);
              }
              Throwable cause = S3Calls.cause(failure);
              // Behind the end, and of an empty object, S3 has no range to give.
              return cause instanceof AwsServiceException e && e.statusCode() == 416
                  ? nothing(deed, versionId, offset, condition)
                  : CompletableFuture.<ObjectRange>failedFuture(cause);
            })
        .thenCompose(Function.identity());
  }

  private CompletableFuture<ObjectRange> nothing(
      Deed deed, @Nullable String versionId, long offset, Condition condition) {
    return head(deed, deed.object(), versionId)
        .thenCompose(
            info -> {
              try {
                context.checks.source("read", deed.object(), condition, info.etag());
                return CompletableFuture.completedFuture(
                    new ObjectRange(info, offset, ByteBuffer.allocate(0)));
              } catch (ProviderException e) {
                return CompletableFuture.failedFuture(e);
              }
            });
  }

  CompletableFuture<Void> restore(String key, RestoreRequest request) {
    Deed deed = Deed.write("restore", key);
    return context.calls.call(
        deed,
        () -> {
          context.checks.key("restore", key);
          context.checks.needs("restore", key, StoreCapability.ARCHIVE_RESTORE);
        },
        () ->
            head(deed, key, null)
                .thenCompose(
                    info ->
                        info.storage()
                            .filter(s -> s.availability() == Availability.ARCHIVED)
                            .map(s -> restore(key, s, request))
                            .orElseGet(() -> CompletableFuture.completedFuture(null))));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the future within the future is flattened
  private CompletableFuture<Void> restore(String key, ObjectStorage storage, RestoreRequest asked) {
    Tier tier =
        switch (asked.speed()) {
          case CHEAPEST -> Tier.BULK;
          case STANDARD -> Tier.STANDARD;
          case FASTEST -> Tier.EXPEDITED;
        };
    // What tiers itself comes back for good, and refuses a number of days.
    boolean isForGood = storage.storageClass().name().equals("INTELLIGENT_TIERING");
    int days = (int) Math.min(Integer.MAX_VALUE, asked.keep().toDays());
    return context
        .rest()
        .restoreObject(
            r ->
                r.bucket(context.bucket)
                    .key(key)
                    .requestPayer(context.payer())
                    .restoreRequest(
                        q ->
                            q.days(isForGood ? null : days)
                                .glacierJobParameters(g -> g.tier(tier))))
        .handle(
            (reply, failure) -> {
              Throwable cause = failure == null ? null : S3Calls.cause(failure);
              boolean isUnderWay =
                  cause instanceof AwsServiceException e
                      && new S3Answer(e).code().equals("RestoreAlreadyInProgress");
              return cause == null || isUnderWay
                  ? CompletableFuture.<Void>completedFuture(null)
                  : CompletableFuture.<Void>failedFuture(cause);
            })
        .thenCompose(Function.identity());
  }
}
