// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the store's errors mean (cloud.google.com/storage/docs/json_api/v1/status-codes). */
final class GcsFailures {
  private static final Pattern XML = Pattern.compile("<(Code|Message)>([^<]*)</");

  private final GcsPlace place;

  GcsFailures(GcsPlace place) {
    this.place = place;
  }

  /** A failure that no answer tells. */
  ProviderException of(ErrorKind kind, GcsCall call, String reason) {
    return of(kind, call.verb(), call.object(), reason);
  }

  ProviderException of(ErrorKind kind, String verb, String object, String reason) {
    return new ProviderException(
        kind, "Cannot " + verb + " " + object + " in " + place.uri() + ": " + reason + ".");
  }

  /** No token could be had. Nothing was sent. */
  ProviderException credentials(GcsCall call, Throwable cause) {
    ErrorKind kind = cause instanceof ProviderException p ? p.kind() : ErrorKind.TRANSIENT;
    String id = cause instanceof ProviderException p ? p.requestId().orElse(null) : null;
    return new ProviderException(
        kind, start(call) + "there is no token: " + cause.getMessage(), cause, null, null, id);
  }

  /** The connection failed: a mutation may have happened unless nothing could be sent. */
  ProviderException transport(GcsCall call, Exception cause, @Nullable String requestId) {
    boolean isUnsent = cause instanceof ConnectException || cause instanceof UnknownHostException;
    boolean isUnknown = !call.isRead() && !isUnsent;
    String advice =
        isUnknown
            ? "It may have been done: look before doing it again."
            : "Nothing was changed; try again.";
    return new ProviderException(
        isUnknown ? ErrorKind.UNKNOWN_OUTCOME : ErrorKind.TRANSIENT,
        start(call) + "the connection failed (" + cause + "). " + advice,
        cause,
        null,
        null,
        requestId);
  }

  /** An answer of success that can't be read. */
  ProviderException unreadable(GcsCall call, GcsAnswer answer, Exception cause) {
    return transport(call, cause, answer.requestId());
  }

  /** An answer that says it failed. */
  ProviderException status(GcsCall call, GcsAnswer answer) {
    String words = "";
    String reason = "";
    try {
      JsonNode error = answer.json().path("error");
      words = error.path("message").asText("");
      reason = error.path("errors").path(0).path("reason").asText("");
    } catch (IOException e) {
      Matcher matcher = XML.matcher(answer.text());
      while (matcher.find()) {
        words = matcher.group(1).equals("Message") ? matcher.group(2) : words;
        reason = matcher.group(1).equals("Code") ? matcher.group(2) : reason;
      }
    }
    Duration retryAfter = retryAfter(answer);
    // Nobody shall take a missing bucket for objects that were deleted.
    boolean isNoBucket = answer.status() == 404 && isNoBucket(answer);
    ErrorKind kind =
        isNoBucket ? ErrorKind.INVALID : kind(call, answer.status(), reason, words, retryAfter);
    String message =
        start(call)
            + (words.isEmpty() ? "the store answered" : words.replaceAll("[\\s.]+$", ""))
            + " (HTTP "
            + answer.status()
            + (reason.isEmpty() ? "" : " " + reason)
            + (answer.requestId() == null ? "" : ", request " + answer.requestId())
            + "). "
            + (isNoBucket ? "Create the bucket, or correct its name." : advice(kind));
    return new ProviderException(kind, message, null, null, retryAfter, answer.requestId());
  }

  /** Whether an answer says that there is no such bucket, rather than no such object. */
  static boolean isNoBucket(GcsAnswer answer) {
    return answer.text().toLowerCase(Locale.ROOT).contains("bucket does not exist");
  }

  private static ErrorKind kind(
      GcsCall call, int status, String reason, String words, @Nullable Duration retryAfter) {
    return switch (status) {
      case 304, 412 -> ErrorKind.PRECONDITION;
      case 400 -> words.contains("match calculated") ? ErrorKind.CORRUPT : ErrorKind.INVALID;
      case 401 -> ErrorKind.EXPIRED;
      case 403 -> reason.endsWith("LimitExceeded") ? ErrorKind.THROTTLED : ErrorKind.DENIED;
      case 404, 410 -> ErrorKind.NOT_FOUND;
      case 408, 500, 502, 504 -> call.isRead() ? ErrorKind.TRANSIENT : ErrorKind.UNKNOWN_OUTCOME;
      case 429 -> ErrorKind.THROTTLED;
      case 503 -> {
        // With a time to wait it was turned away at the door; without, nobody knows.
        if (retryAfter != null) {
          yield ErrorKind.THROTTLED;
        }
        yield call.isRead() ? ErrorKind.TRANSIENT : ErrorKind.UNKNOWN_OUTCOME;
      }
      case 409 -> ErrorKind.TRANSIENT;
      default -> {
        if (status >= 500) {
          yield call.isRead() ? ErrorKind.TRANSIENT : ErrorKind.UNKNOWN_OUTCOME;
        }
        yield ErrorKind.INVALID;
      }
    };
  }

  private static String advice(ErrorKind kind) {
    return switch (kind) {
      case PRECONDITION -> "Look at the object again.";
      case EXPIRED -> "Renew the credentials.";
      case DENIED -> "Ask for the permission.";
      case NOT_FOUND -> "Check the bucket and the key.";
      case THROTTLED, TRANSIENT -> "Nothing was changed; try again later.";
      case UNKNOWN_OUTCOME -> "It may have been done: look before doing it again.";
      case CORRUPT -> "Nothing was stored; send it again.";
      default -> "Correct the request.";
    };
  }

  /** In seconds, or until a date by the store's clock. */
  private static @Nullable Duration retryAfter(GcsAnswer answer) {
    String value = answer.header(GcsHttp.RETRY_AFTER);
    if (value == null) {
      return null;
    }
    try {
      if (value.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return Duration.ofSeconds(Long.parseLong(value));
      }
      String date = answer.header("Date");
      DateTimeFormatter form = DateTimeFormatter.RFC_1123_DATE_TIME;
      return date == null
          ? null
          : Duration.between(ZonedDateTime.parse(date, form), ZonedDateTime.parse(value, form));
    } catch (NumberFormatException | DateTimeException e) {
      return null;
    }
  }

  private String start(GcsCall call) {
    return "Cannot " + call.verb() + " " + call.object() + " in " + place.uri() + ": ";
  }
}
