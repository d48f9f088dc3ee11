// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.HttpConnections;
import io.kmesh.cloud.aws.internal.http.HttpReply;
import io.kmesh.cloud.aws.internal.http.HttpRequest;
import io.kmesh.spi.store.Cuts;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.spi.time.KmeshTime;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Does the five requests that a mirror is made of by itself, with what this package sets in them,
 * and leaves the rest to the SDK's ({@link #rest}), whose pipeline costs a small object ten times
 * what the object does (docs/benchmarks.md). They differ from the SDK's in nothing that a server
 * looks at: DirectRequestsTest compares them. For one bucket. Thread-safe.
 */
final class DirectS3Client implements S3AsyncClient {
  private static final int PAGE_BYTES = 64 << 20;

  private final LazyS3Client rest;
  private final S3Url url;
  private final S3Signer signer;
  private final IdentityProvider<? extends AwsCredentialsIdentity> credentials;
  private final boolean isAnonymous;
  private final HttpConnections connections;
  private final KmeshTime time;
  private final @Nullable Cuts cuts;

  /**
   * A client over another.
   *
   * @param rest takes all other requests
   * @param url the bucket's
   */
  DirectS3Client(
      LazyS3Client rest,
      S3Url url,
      String region,
      IdentityProvider<? extends AwsCredentialsIdentity> credentials,
      boolean isAnonymous,
      HttpConnections connections,
      KmeshTime time) {
    this.rest = rest;
    this.url = url;
    this.signer = new S3Signer("s3", region);
    this.credentials = credentials;
    this.isAnonymous = isAnonymous;
    this.connections = connections;
    this.time = time;
    this.cuts = null;
  }

  private DirectS3Client(DirectS3Client other, Cuts cuts) {
    this.rest = other.rest;
    this.url = other.url;
    this.signer = other.signer;
    this.credentials = other.credentials;
    this.isAnonymous = other.isAnonymous;
    this.connections = other.connections;
    this.time = other.time;
    this.cuts = cuts;
  }

  /** The same client, which sends its requests in the threads of callers. */
  DirectS3Client onCallersThread(Cuts heard) {
    return new DirectS3Client(this, heard);
  }

  /** The SDK's client, for all other requests; the first call makes it. */
  S3AsyncClient rest() {
    return rest.get();
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {
    rest.close();
  }

  @Override
  public CompletableFuture<PutObjectResponse> putObject(PutObjectRequest r, AsyncRequestBody body) {
    if (!(body instanceof BufferBody ours)) {
      return rest().putObject(r, body);
    }
    ByteBuffer buffer = ours.buffer();
    return send(
        () -> {
          HttpRequest request =
              request("PUT", url.object(r.key()), buffer, r.requestPayerAsString())
                  .header("If-Match", r.ifMatch())
                  .header("If-None-Match", r.ifNoneMatch())
                  .header("x-amz-checksum-sha256", r.checksumSHA256())
                  .header("x-amz-checksum-crc32c", r.checksumCRC32C())
                  .header("x-amz-storage-class", r.storageClassAsString());
          r.metadata().forEach((name, value) -> request.header(S3Headers.METADATA + name, value));
          return request;
        },
        r.checksumSHA256(),
        reply -> S3Headers.put(reply));
  }

  @Override
  public CompletableFuture<UploadPartResponse> uploadPart(
      UploadPartRequest r, AsyncRequestBody body) {
    if (!(body instanceof BufferBody ours)) {
      return rest().uploadPart(r, body);
    }
    ByteBuffer buffer = ours.buffer();
    return send(
        () -> {
          StringBuilder target = url.object(r.key());
          S3Url.parameter(target, "partNumber", String.valueOf(r.partNumber()));
          S3Url.parameter(target, "uploadId", r.uploadId());
          return request("PUT", target, buffer, r.requestPayerAsString())
              .header("x-amz-checksum-crc32c", r.checksumCRC32C());
        },
        reply -> UploadPartResponse.builder().eTag(reply.header("ETag")).build());
  }

  @Override
  public CompletableFuture<HeadObjectResponse> headObject(HeadObjectRequest r) {
    return send(
        () -> {
          StringBuilder target = url.object(r.key());
          S3Url.parameter(target, "versionId", r.versionId());
          return request("HEAD", target, null, r.requestPayerAsString())
              .header("x-amz-checksum-mode", r.checksumModeAsString());
        },
        reply -> S3Headers.head(reply));
  }

  /** A read of a range of an object. */
  record Read(
      String key,
      @Nullable String versionId,
      String range,
      @Nullable String ifMatch,
      @Nullable String payer) {}

  /** Reads a range. */
  CompletableFuture<ObjectRange> read(Read r, RangeReader reader) {
    return get(r, reply -> reader.read(ReadHead.of(reply), reply::read));
  }

  /** Reads a range and hands its bytes on as they come. */
  CompletableFuture<ObjectInfo> stream(Read r, RangeReader reader, StreamedReads.Sink sink) {
    return get(r, reply -> reader.stream(ReadHead.of(reply), reply::read, sink));
  }

  private <T> CompletableFuture<T> get(Read r, HttpReply.Reader<T> taker) {
    return send(
        () -> {
          StringBuilder target = url.object(r.key());
          S3Url.parameter(target, "versionId", r.versionId());
          return request("GET", target, null, r.payer())
              .header("Range", r.range())
              .header("If-Match", r.ifMatch());
        },
        taker);
  }

  @Override
  public CompletableFuture<ListObjectsV2Response> listObjectsV2(ListObjectsV2Request r) {
    return send(
        () -> {
          StringBuilder target = url.bucket();
          S3Url.parameter(target, "list-type", "2");
          S3Url.parameter(target, "continuation-token", r.continuationToken());
          S3Url.parameter(target, "delimiter", r.delimiter());
          S3Url.parameter(target, "encoding-type", r.encodingTypeAsString());
          S3Url.parameter(target, "max-keys", String.valueOf(r.maxKeys()));
          S3Url.parameter(target, "prefix", r.prefix());
          S3Url.parameter(target, "start-after", r.startAfter());
          String attributes =
              r.hasOptionalObjectAttributes()
                  ? r.optionalObjectAttributesAsStrings().stream().collect(Collectors.joining(","))
                  : null;
          return request("GET", target, null, r.requestPayerAsString())
              .header("x-amz-optional-object-attributes", attributes);
        },
        reply -> S3Xml.page(reply.bytes(PAGE_BYTES)));
  }

  private HttpRequest request(
      String method, StringBuilder target, @Nullable ByteBuffer body, @Nullable String payer) {
    return new HttpRequest(method, target.toString(), body)
        .header("Host", url.origin().authority())
        .header("User-Agent", "kmesh")
        .header("x-amz-request-payer", payer == null ? null : payer.toLowerCase(Locale.ROOT));
  }

  private <T> CompletableFuture<T> send(HttpConnections.Maker maker, HttpReply.Reader<T> reader) {
    return send(maker, null, reader);
  }

  /** Sends it; a body's SHA-256 that is known need not be computed for the signature. */
  private <T> CompletableFuture<T> send(
      HttpConnections.Maker maker, @Nullable String sha256, HttpReply.Reader<T> reader) {
    String[] signed = {""};
    return connections.send(
        url.origin(),
        cuts,
        () -> {
          HttpRequest request = maker.make();
          signed[0] = sign(request, sha256);
          return request;
        },
        reply -> {
          if (reply.status() >= 300) {
            throw S3Headers.failure(reply, signed[0]);
          }
          return reader.read(reply);
        });
  }

  /** Signs it and says with which time; a body that TLS guards is not in the signature. */
  private String sign(HttpRequest request, @Nullable String sha256) {
    if (isAnonymous) {
      return "";
    }
    ByteBuffer body = request.body();
    String content =
        body == null || url.origin().isSecure() ? S3Signer.UNSIGNED : content(body, sha256);
    return signer.sign(request, keys(), content, time.now());
  }

  private static String content(ByteBuffer body, @Nullable String sha256) {
    return sha256 == null
        ? S3Signer.sha256(body)
        : HexFormat.of().formatHex(Base64.getDecoder().decode(sha256));
  }

  private S3Signer.Keys keys() {
    AwsCredentialsIdentity identity;
    try {
      identity = credentials.resolveIdentity().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    String token =
        identity instanceof AwsSessionCredentialsIdentity session ? session.sessionToken() : null;
    return new S3Signer.Keys(identity.accessKeyId(), identity.secretAccessKey(), token);
  }
}
