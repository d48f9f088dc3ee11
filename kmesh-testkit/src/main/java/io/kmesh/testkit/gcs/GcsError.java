// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An answer that is an error, in Google's form. */
final class GcsError extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String reason;

  GcsError(int status, String reason, String message) {
    super(message, null, false, false);
    this.status = status;
    this.reason = reason;
  }

  static GcsError invalid(String message) {
    return new GcsError(400, "invalid", message);
  }

  static GcsError parameter(String message) {
    return new GcsError(400, "invalidParameter", message);
  }

  static GcsError required(String message) {
    return new GcsError(400, "required", message);
  }

  static GcsError noObject(String bucket, String name) {
    return new GcsError(404, "notFound", "No such object: " + bucket + "/" + name);
  }

  static GcsError condition() {
    return new GcsError(
        412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
  }

  int status() {
    return status;
  }

  GcsReply json() {
    if (status == 304) {
      return GcsReply.of(304);
    }
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("message", words());
    one.put("domain", status == 429 || reason.endsWith("Exceeded") ? "usageLimits" : "global");
    one.put("reason", reason);
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", status);
    error.put("message", words());
    error.put("errors", List.of(one));
    return GcsReply.json(status, Map.of("error", error));
  }

  GcsReply xml() {
    if (status == 304) {
      return GcsReply.of(304);
    }
    String code =
        switch (status) {
          case 404 -> reason.equals("noBucket") ? "NoSuchBucket" : "NoSuchKey";
          case 412 -> "PreconditionFailed";
          case 416 -> "InvalidRange";
          case 401 -> "AuthenticationRequired";
          case 403 -> "AccessDenied";
          case 429 -> "TooManyRequests";
          case 503 -> "ServiceUnavailable";
          default -> "InvalidArgument";
        };
    String body =
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>"
            + code
            + "</Code><Message>"
            + words().replace("&", "&amp;").replace("<", "&lt;")
            + "</Message></Error>";
    return GcsReply.of(status)
        .header("Content-Type", "application/xml; charset=UTF-8")
        .body(body.getBytes(StandardCharsets.UTF_8));
  }

  private String words() {
    return String.valueOf(getMessage());
  }
}
