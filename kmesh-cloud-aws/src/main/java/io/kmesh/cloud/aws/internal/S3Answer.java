// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** An error that the server answered with. */
final class S3Answer {
  private static final Set<String> ELSEWHERE =
      Set.of(
          "PermanentRedirect",
          "TemporaryRedirect",
          "Redirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException");
  private static final Pattern EXPECTED = Pattern.compile("expecting '([a-z0-9-]+)'");

  private final AwsServiceException exception;
  private final @Nullable AwsErrorDetails details;

  S3Answer(AwsServiceException exception) {
    this.exception = exception;
    this.details = exception.awsErrorDetails();
  }

  AwsServiceException exception() {
    return exception;
  }

  int status() {
    return exception.statusCode();
  }

  /** S3's name of the error; empty where there is none, as in every answer to a head. */
  String code() {
    String code = details == null ? null : details.errorCode();
    return code == null ? "" : code;
  }

  String said() {
    String message = details == null ? null : details.errorMessage();
    String text = message == null || message.isEmpty() ? "status " + status() : message;
    String whole = code().isEmpty() ? text : code() + ": " + text;
    return whole.endsWith(".") ? whole.substring(0, whole.length() - 1) : whole;
  }

  @Nullable String requestId() {
    return exception.requestId();
  }

  boolean isOfTokenService() {
    return details != null && "Sts".equalsIgnoreCase(details.serviceName());
  }

  /** What Retry-After says in seconds; the form with a date is not used by S3. */
  @Nullable Duration retryAfter() {
    try {
      return header("Retry-After")
          .map(s -> Duration.ofSeconds(Long.parseLong(s.trim())))
          .orElse(null);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Where the bucket is, when this is an answer of the wrong place. */
  Optional<String> rightRegion() {
    boolean isRedirect = status() == 301 || status() == 307;
    boolean isBareHead = status() == 400 && code().isEmpty();
    if (!isRedirect && !isBareHead && !ELSEWHERE.contains(code())) {
      return Optional.empty();
    }
    return header("x-amz-bucket-region").or(this::expectedRegion);
  }

  /** By how much this machine's clock is ahead of the server's. */
  Optional<Duration> drift() {
    Optional<Instant> here = SigningTime.of(said());
    Optional<Instant> there = header("Date").map(S3Infos::httpTime);
    return here.isPresent() && there.isPresent()
        ? Optional.of(Duration.between(there.get(), here.get()))
        : Optional.empty();
  }

  private Optional<String> header(String name) {
    if (details == null || details.sdkHttpResponse() == null) {
      return Optional.empty();
    }
    return details.sdkHttpResponse().firstMatchingHeader(name);
  }

  /** Of "the region 'us-east-1' is wrong; expecting 'eu-west-1'". */
  private Optional<String> expectedRegion() {
    Matcher matcher = EXPECTED.matcher(said());
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
