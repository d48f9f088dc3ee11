// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;

/** The kinds of S3's errors, by code, else by status ("Error responses" of the S3 API). */
final class S3Kinds {
  private S3Kinds() {}

  static ErrorKind of(Deed deed, S3Answer answer) {
    // Some servers name a checksum that differs by the same words as one that is malformed, which
    // ours never are.
    if (answer.said().contains("x-amz-checksum-") && answer.said().contains("header is invalid")) {
      return ErrorKind.CORRUPT;
    }
    return switch (answer.code()) {
      case "NoSuchBucket" -> ErrorKind.INVALID;
      case "NoSuchUpload" -> ErrorKind.NOT_FOUND;
      case "NoSuchKey", "NoSuchVersion" -> absent(deed);
      case "PreconditionFailed" -> ErrorKind.PRECONDITION;
      // Another write was under way; whether it will hold is not known yet.
      case "ConditionalRequestConflict", "OperationAborted" -> ErrorKind.TRANSIENT;
      case "InvalidObjectState" -> ErrorKind.ARCHIVED;
      case "BadDigest",
          "InvalidDigest",
          "XAmzContentSHA256Mismatch",
          "XAmzContentChecksumMismatch" ->
          ErrorKind.CORRUPT;
      case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired" ->
          ErrorKind.EXPIRED;
      case "AccessDenied",
          "AccountProblem",
          "AllAccessDisabled",
          "InvalidAccessKeyId",
          "InvalidToken",
          "RequestTimeTooSkewed",
          "SignatureDoesNotMatch" ->
          ErrorKind.DENIED;
      case "SlowDown",
          "SlowDownRead",
          "SlowDownWrite",
          "ServiceUnavailable",
          "Throttling",
          "ThrottlingException",
          "RequestLimitExceeded",
          "TooManyRequests" ->
          ErrorKind.THROTTLED;
      case "RequestTimeout" -> ErrorKind.TRANSIENT;
      case "QuotaExceeded", "InsufficientStorage", "StorageFull" -> ErrorKind.NO_SPACE;
      case "NotImplemented" -> ErrorKind.UNSUPPORTED;
      case "InternalError" -> failed(deed);
      default -> byStatus(deed, answer.status());
    };
  }

  private static ErrorKind byStatus(Deed deed, int status) {
    return switch (status) {
      case 401, 403 -> ErrorKind.DENIED;
      case 404 -> absent(deed);
      case 408 -> ErrorKind.TRANSIENT;
      case 409 -> ErrorKind.TRANSIENT;
      case 412 -> ErrorKind.PRECONDITION;
      case 429, 503 -> ErrorKind.THROTTLED;
      case 501 -> ErrorKind.UNSUPPORTED;
      case 507 -> ErrorKind.NO_SPACE;
      default -> status >= 500 ? failed(deed) : ErrorKind.INVALID;
    };
  }

  private static ErrorKind absent(Deed deed) {
    return deed.isReplacement() ? ErrorKind.PRECONDITION : ErrorKind.NOT_FOUND;
  }

  private static ErrorKind failed(Deed deed) {
    return deed.isMutation() ? ErrorKind.UNKNOWN_OUTCOME : ErrorKind.TRANSIENT;
  }
}
