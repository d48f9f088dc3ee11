// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.unit.DataSize;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.RequestPayer;

/** What all parts of one store share. */
final class S3Context {
  /** "Amazon S3 multipart upload limits" and "Working with object metadata" of its User Guide. */
  static final StoreLimits LIMITS =
      new StoreLimits(
          DataSize.ofGib(5),
          DataSize.ofMib(5),
          10_000,
          DataSize.ofGib(5 * 1024),
          DataSize.ofGib(5), // of CopyObject
          1024,
          DataSize.ofKib(2),
          1000,
          1000);

  final S3AsyncClient client;
  final String bucket;
  final URI uri;
  final S3Options options;
  final StoreChecks checks;
  final S3Errors errors;
  final S3Calls calls;
  final S3Infos infos;

  private S3Context(S3Context other, S3AsyncClient client) {
    this.client = client;
    this.bucket = other.bucket;
    this.uri = other.uri;
    this.options = other.options;
    this.checks = other.checks;
    this.errors = other.errors;
    this.calls = other.calls;
    this.infos = other.infos;
  }

  /** The same with another client. */
  S3Context with(S3AsyncClient other) {
    return new S3Context(this, other);
  }

  S3Context(S3AsyncClient client, String bucket, S3Options options) {
    this.client = client;
    this.bucket = bucket;
    this.uri = uri(bucket);
    this.options = options;
    this.checks = new StoreChecks(uri, options.capabilities(), LIMITS);
    this.errors = new S3Errors(uri, bucket);
    this.calls = new S3Calls(uri, errors);
    this.infos = new S3Infos(has(StoreCapability.STORAGE_CLASS));
  }

  private static URI uri(String bucket) {
    try {
      return new URI("s3", bucket, null, null, null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Cannot name the bucket " + bucket, e);
    }
  }

  /** The client for what {@link DirectS3Client} does not do itself. */
  S3AsyncClient rest() {
    return client instanceof DirectS3Client direct ? direct.rest() : client;
  }

  boolean has(StoreCapability capability) {
    return options.capabilities().contains(capability);
  }

  @Nullable RequestPayer payer() {
    return options.isRequesterPays() ? RequestPayer.REQUESTER : null;
  }

  /** The value of If-None-Match for a condition. */
  static @Nullable String ifNoneMatch(Condition condition) {
    return condition instanceof Condition.Absent ? "*" : null;
  }

  /** The value of If-Match for a condition. */
  static @Nullable String ifMatch(Condition condition) {
    return condition instanceof Condition.Matches m ? S3Infos.quoted(m.etag()) : null;
  }
}
