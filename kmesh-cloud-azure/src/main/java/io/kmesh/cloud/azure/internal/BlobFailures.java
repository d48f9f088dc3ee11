// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What failures of the SDK mean. Codes are those of "Status and error codes" and "Blob Storage
 * error codes" of Azure's documentation. Immutable.
 */
final class BlobFailures {
  private static final HttpHeaderName REQUEST_ID = HttpHeaderName.fromString("x-ms-request-id");
  private static final HttpHeaderName ERROR_CODE = HttpHeaderName.fromString("x-ms-error-code");
  private static final HttpHeaderName RETRY_MS = HttpHeaderName.fromString("x-ms-retry-after-ms");
  private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z]+)</Code>");
  private static final Pattern MESSAGE = Pattern.compile("<Message>([^<\r\n]*)");
  private static final Pattern DETAIL = Pattern.compile("<AuthenticationErrorDetail>([^<\r\n]*)");
  private static final Pattern SIGNATURE = Pattern.compile("(?i)(sig=)[^&\\s\"'<>]+");

  private final URI uri;
  private final KmeshTime time;

  BlobFailures(URI uri, KmeshTime time) {
    this.uri = uri;
    this.time = time;
  }

  /** A failure of a read: without an answer it is TRANSIENT. */
  ProviderException ofRead(String verb, String key, Throwable failure) {
    return of(verb, key, failure, ErrorKind.TRANSIENT);
  }

  /** A failure of a mutation: without an answer its outcome is unknown. */
  ProviderException ofMutation(String verb, String key, Throwable failure) {
    return of(verb, key, failure, ErrorKind.UNKNOWN_OUTCOME);
  }

  /** A failure that Kmesh found itself. */
  ProviderException of(ErrorKind kind, String verb, String key, String reason) {
    return new ProviderException(kind, begin(verb, key) + reason + ".");
  }

  /** Whether Azure answered with a code, such as {@code BlobNotFound}. */
  static boolean isCode(Throwable failure, String code) {
    HttpResponseException answered = find(failure, HttpResponseException.class);
    return answered != null && code.equals(Answer.of(answered).code());
  }

  /** Whether Azure answered with a status. */
  static boolean isStatus(Throwable failure, int status) {
    HttpResponseException answered = find(failure, HttpResponseException.class);
    return answered != null
        && answered.getResponse() != null
        && answered.getResponse().getStatusCode() == status;
  }

  private String begin(String verb, String key) {
    return "Cannot " + verb + " " + key + " in " + uri + ": ";
  }

  private ProviderException of(String verb, String key, Throwable failure, ErrorKind noAnswer) {
    ProviderException known = find(failure, ProviderException.class);
    if (known != null) {
      String text = String.valueOf(known.getMessage());
      return text.startsWith("Cannot " + verb)
          ? known
          : new ProviderException(
              known.kind(),
              begin(verb, key) + text,
              known,
              null,
              known.retryAfter().orElse(null),
              known.requestId().orElse(null));
    }
    HttpResponseException answered = find(failure, HttpResponseException.class);
    if (answered != null && answered.getResponse() != null) {
      return answered(verb, key, Answer.of(answered), noAnswer);
    }
    ErrorKind kind = isUnsent(failure) ? ErrorKind.TRANSIENT : noAnswer;
    return new ProviderException(
        kind,
        begin(verb, key)
            + "the service gave no whole answer ("
            + redacted(String.valueOf(root(failure)))
            + "). "
            + (kind == ErrorKind.UNKNOWN_OUTCOME
                ? "It may have been done: look before you try again."
                : "Try again; check the account's name and the network if it stays."),
        find(failure, IOException.class));
  }

  private ProviderException answered(String verb, String key, Answer answer, ErrorKind noAnswer) {
    ErrorKind kind = kind(answer, noAnswer);
    String reason =
        redacted(answer.message().isEmpty() ? "the service refused" : answer.message())
            + " ("
            + (answer.code().isEmpty() ? "" : answer.code() + ", ")
            + "status "
            + answer.status()
            + (answer.requestId() == null ? "" : ", request " + answer.requestId())
            + "). "
            + advice(kind, answer);
    return new ProviderException(
        kind, begin(verb, key) + reason, null, null, retryAfter(answer), answer.requestId());
  }

  private static ErrorKind kind(Answer answer, ErrorKind noAnswer) {
    String code = answer.code();
    return switch (answer.status()) {
      case 400 ->
          code.equals("Md5Mismatch") || code.equals("Crc64Mismatch")
              ? ErrorKind.CORRUPT
              : ErrorKind.INVALID;
      case 401, 403 -> isExpired(answer) ? ErrorKind.EXPIRED : ErrorKind.DENIED;
      // Of a container that is not there nobody may conclude that its objects were deleted.
      case 404 -> code.startsWith("Container") ? ErrorKind.INVALID : ErrorKind.NOT_FOUND;
      case 409 -> conflict(code);
      case 412 -> code.startsWith("Lease") ? ErrorKind.DENIED : ErrorKind.PRECONDITION;
      case 429, 503 -> ErrorKind.THROTTLED;
      case 507 -> ErrorKind.NO_SPACE;
      default -> answer.status() >= 500 || answer.status() == 408 ? noAnswer : ErrorKind.INVALID;
    };
  }

  private static ErrorKind conflict(String code) {
    return switch (code) {
      case "BlobAlreadyExists" -> ErrorKind.PRECONDITION;
      case "BlobArchived", "BlobBeingRehydrated" -> ErrorKind.ARCHIVED;
      case "ContainerBeingDeleted", "PendingCopyOperation", "OperationTimedOut" ->
          ErrorKind.TRANSIENT;
      case "BlobImmutableDueToPolicy" -> ErrorKind.DENIED;
      default -> code.startsWith("Lease") ? ErrorKind.DENIED : ErrorKind.INVALID;
    };
  }

  private static boolean isExpired(Answer answer) {
    return answer.text().contains("expired")
        || answer.text().contains("Lifetime validation failed")
        || answer.text().contains("Signature not valid in the specified time frame");
  }

  private String advice(ErrorKind kind, Answer answer) {
    Duration drift = answer.drift(time.now());
    if ((kind == ErrorKind.DENIED || kind == ErrorKind.EXPIRED)
        && drift != null
        && drift.abs().compareTo(Duration.ofMinutes(5)) > 0) {
      return "This machine's clock differs from the service's by " + drift + ": set it.";
    }
    return switch (kind) {
      case DENIED -> "Check the credentials, and what they may do.";
      case EXPIRED -> "Renew the token or the shared access signature.";
      case NOT_FOUND -> "Check the key.";
      case PRECONDITION -> "Look at it again.";
      case ARCHIVED -> "Restore it first.";
      case THROTTLED -> "Send fewer requests.";
      case CORRUPT -> "Nothing was stored; send it again.";
      case UNKNOWN_OUTCOME -> "It may have been done: look before you try again.";
      case TRANSIENT -> "Try again.";
      default ->
          answer.code().startsWith("Container")
              ? "Create the container, or correct its name."
              : "Correct the request.";
    };
  }

  private @Nullable Duration retryAfter(Answer answer) {
    try {
      if (answer.retryMillis() != null) {
        return Duration.ofMillis(Long.parseLong(answer.retryMillis()));
      }
      String after = answer.retryAfter();
      if (after == null) {
        return null;
      }
      return after.chars().allMatch(Character::isDigit)
          ? Duration.ofSeconds(Long.parseLong(after))
          : atLeastZero(Duration.between(time.now(), Answer.date(after)));
    } catch (NumberFormatException | DateTimeException e) {
      return null;
    }
  }

  private static Duration atLeastZero(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  private static boolean isUnsent(Throwable failure) {
    return find(failure, ConnectException.class) != null
        || find(failure, HttpConnectTimeoutException.class) != null
        || find(failure, UnresolvedAddressException.class) != null;
  }

  static String redacted(String text) {
    return SIGNATURE.matcher(text).replaceAll("$1***");
  }

  private static Throwable root(Throwable failure) {
    TimeoutException timeout = find(failure, TimeoutException.class);
    IOException io = find(failure, IOException.class);
    return timeout != null ? timeout : io != null ? io : failure;
  }

  private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 16; depth++) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
      cause = cause.getCause();
    }
    return null;
  }

  /** What an answer says. */
  private record Answer(
      int status,
      String code,
      String message,
      String text,
      @Nullable String requestId,
      @Nullable String retryAfter,
      @Nullable String retryMillis,
      @Nullable String serviceDate) {
    static Answer of(HttpResponseException failure) {
      HttpResponse response = failure.getResponse();
      String text = String.valueOf(failure.getMessage());
      String code = response == null ? null : response.getHeaderValue(ERROR_CODE);
      return new Answer(
          response == null ? 0 : response.getStatusCode(),
          code == null ? group(CODE, text) : code,
          (group(MESSAGE, text) + " " + group(DETAIL, text)).strip(),
          text,
          response == null ? null : response.getHeaderValue(REQUEST_ID),
          response == null ? null : response.getHeaderValue(HttpHeaderName.RETRY_AFTER),
          response == null ? null : response.getHeaderValue(RETRY_MS),
          response == null ? null : response.getHeaderValue(HttpHeaderName.DATE));
    }

    private static String group(Pattern pattern, String text) {
      Matcher matcher = pattern.matcher(text);
      return matcher.find() ? matcher.group(1) : "";
    }

    static Instant date(String http) {
      return ZonedDateTime.parse(http, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }

    /** How far the service's clock is before this one's; null when it does not say. */
    @Nullable Duration drift(Instant now) {
      if (serviceDate == null) {
        return null;
      }
      try {
        return Duration.between(now, date(serviceDate));
      } catch (DateTimeException e) {
        return null;
      }
    }
  }
}
