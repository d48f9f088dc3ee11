// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.HttpReply;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The SDK's forms of answers, from their headers: of each what this package asks for. */
final class S3Headers {
  /** What the names of an object's own metadata begin with. */
  static final String METADATA = "x-amz-meta-";

  private static final int ERROR_BYTES = 1 << 20;
  private static final String SHA256 = "x-amz-checksum-sha256";
  private static final String CRC32C = "x-amz-checksum-crc32c";
  static final String VERSION = "x-amz-version-id";

  private S3Headers() {}

  static PutObjectResponse put(HttpReply reply) {
    PutObjectResponse.Builder put =
        PutObjectResponse.builder()
            .eTag(reply.header("ETag"))
            .versionId(reply.header(VERSION))
            .checksumSHA256(reply.header(SHA256))
            .checksumCRC32C(reply.header(CRC32C));
    put.sdkHttpResponse(dated(reply));
    return put.build();
  }

  static HeadObjectResponse head(HttpReply reply) throws IOException {
    HeadObjectResponse.Builder head =
        HeadObjectResponse.builder()
            .contentLength(length(reply.header("Content-Length")))
            .eTag(reply.header("ETag"))
            .versionId(reply.header(VERSION))
            .lastModified(modified(reply))
            .metadata(metadata(reply))
            .checksumType(reply.header("x-amz-checksum-type"))
            .checksumSHA256(reply.header(SHA256))
            .checksumCRC32C(reply.header(CRC32C))
            .storageClass(reply.header("x-amz-storage-class"))
            .archiveStatus(reply.header("x-amz-archive-status"))
            .restore(reply.header("x-amz-restore"));
    head.sdkHttpResponse(dated(reply));
    return head.build();
  }

  /** Null where it is not said. */
  static @Nullable Long length(@Nullable String length) throws IOException {
    try {
      return length == null ? null : Long.valueOf(length.trim());
    } catch (NumberFormatException e) {
      throw new IOException("the answer's length is " + length, e);
    }
  }

  private static @Nullable Instant modified(HttpReply reply) {
    String time = reply.header("Last-Modified");
    return time == null ? null : S3Infos.httpTime(time);
  }

  private static Map<String, String> metadata(HttpReply reply) {
    Map<String, String> all = new HashMap<>();
    reply.headers(
        (name, value) -> {
          if (name.regionMatches(true, 0, METADATA, 0, METADATA.length())) {
            all.putIfAbsent(name.substring(METADATA.length()).toLowerCase(Locale.ROOT), value);
          }
        });
    return all;
  }

  /** Of the answer itself the time alone is asked for. */
  private static SdkHttpResponse dated(HttpReply reply) {
    SdkHttpResponse.Builder response = SdkHttpResponse.builder().statusCode(reply.status());
    String date = reply.header("Date");
    if (date != null) {
      response.putHeader("Date", date);
    }
    return response.build();
  }

  /**
   * What the SDK would throw.
   *
   * @param signed when the request was signed; empty when it was not
   */
  static S3Exception failure(HttpReply reply, String signed) throws IOException {
    S3Xml.Refusal error = S3Xml.error(reply.bytes(ERROR_BYTES));
    String code = error == null ? "" : error.code();
    String message = error == null ? "" : error.message();
    if (code.equals(SigningTime.SKEWED)) {
      message = SigningTime.marked(message, signed);
    }
    SdkHttpResponse.Builder response = SdkHttpResponse.builder().statusCode(reply.status());
    reply.headers((name, value) -> response.appendHeader(name, value));
    AwsErrorDetails details =
        AwsErrorDetails.builder()
            .errorCode(code)
            .errorMessage(message)
            .serviceName("S3")
            .sdkHttpResponse(response.build())
            .build();
    return (S3Exception)
        S3Exception.builder()
            .awsErrorDetails(details)
            .statusCode(reply.status())
            .requestId(reply.header("x-amz-request-id"))
            .message(message.isEmpty() ? "status " + reply.status() : message)
            .build();
  }
}
