// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Adds to a refusal for the clock what this machine's clock said when the request was signed. */
final class SigningTime implements ExecutionInterceptor {
  static final String SKEWED = "RequestTimeTooSkewed";

  private static final ExecutionAttribute<String> SIGNED = new ExecutionAttribute<>("KmeshSigned");
  private static final String MARK = " (signed at ";
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssX", Locale.ROOT);

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    context
        .httpRequest()
        .firstMatchingHeader("X-Amz-Date")
        .ifPresent(date -> attributes.putAttribute(SIGNED, date));
  }

  @Override
  public Throwable modifyException(
      Context.FailedExecution context, ExecutionAttributes attributes) {
    String signed = attributes.getAttribute(SIGNED);
    if (signed == null
        || !(context.exception() instanceof AwsServiceException e)
        || e.awsErrorDetails() == null
        || !SKEWED.equals(e.awsErrorDetails().errorCode())) {
      return context.exception();
    }
    AwsErrorDetails details =
        e.awsErrorDetails().toBuilder()
            .errorMessage(marked(e.awsErrorDetails().errorMessage(), signed))
            .build();
    return e.toBuilder().awsErrorDetails(details).build();
  }

  /** A server's message with what this machine's clock said. */
  static String marked(String message, String signed) {
    return message + MARK + signed + ")";
  }

  /** When a request was signed that was refused for it. */
  static Optional<Instant> of(String message) {
    int at = message.indexOf(MARK);
    int end = message.indexOf(')', at + 1);
    try {
      return at < 0 || end < 0
          ? Optional.empty()
          : Optional.of(FORM.parse(message.substring(at + MARK.length(), end), Instant::from));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
