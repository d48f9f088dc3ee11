// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Tells what the SDK's failures mean. */
final class S3Errors {
  private final URI uri;
  private final String bucket;

  S3Errors(URI uri, String bucket) {
    this.uri = uri;
    this.bucket = bucket;
  }

  ProviderException of(Deed deed, Throwable failure) {
    // The SDK wraps what a reader of ours throws.
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ProviderException known) {
        return known;
      }
    }
    if (failure instanceof AwsServiceException answered) {
      S3Answer answer = new S3Answer(answered);
      return answer.isOfTokenService() ? ofTokenService(deed, answer) : of(deed, answer);
    }
    return unanswered(deed, failure);
  }

  private ProviderException of(Deed deed, S3Answer answer) {
    Optional<String> region = answer.rightRegion();
    if (region.isPresent()) {
      return failure(
          deed,
          ErrorKind.INVALID,
          "the bucket lies in the region " + region.get() + ". Open it with region=" + region.get(),
          answer);
    }
    ErrorKind kind = S3Kinds.of(deed, answer);
    return failure(deed, kind, reason(kind, answer), answer);
  }

  private String reason(ErrorKind kind, S3Answer answer) {
    String said = answer.said();
    return switch (answer.code()) {
      case "NoSuchBucket" -> "there is no bucket " + bucket + ". Check the URL";
      case "RequestTimeTooSkewed" ->
          "this machine's clock is "
              + answer.drift().map(S3Errors::spelt).orElse("too far from")
              + " the server's. Set it right";
      case "EntityTooLarge" -> said + ". Send it in parts";
      default ->
          switch (kind) {
            case NOT_FOUND ->
                answer.code().equals("NoSuchUpload")
                    ? "the upload does not exist (any more). Start a new one"
                    : "there is no such object (" + said + "). Check the key";
            case PRECONDITION ->
                "what is stored is not what was expected (" + said + "). Look at it";
            case DENIED -> "it was denied (" + said + "). Check the keys and what they may do";
            case EXPIRED -> "the credentials have expired (" + said + "). Renew them";
            case THROTTLED -> "the server asks for fewer requests (" + said + "). Wait";
            case ARCHIVED -> "its bytes are in an archive (" + said + "). Restore it first";
            case CORRUPT -> "what arrived is not what was sent (" + said + "). Send it again";
            case NO_SPACE -> "no space is left (" + said + "). Make room";
            case UNSUPPORTED ->
                "the server cannot do it (" + said + "). Name it in the option without";
            case UNKNOWN_OUTCOME ->
                "the server failed on the way (" + said + "). Look whether it took effect";
            case TRANSIENT -> "the server failed (" + said + "), which may pass. Try again";
            default -> said + ". Check the request";
          };
    };
  }

  private static String spelt(Duration drift) {
    return drift.abs().toSeconds() + " s " + (drift.isNegative() ? "behind" : "ahead of");
  }

  private ProviderException ofTokenService(Deed deed, S3Answer answer) {
    // The request proper was never sent, so that its outcome is known.
    ErrorKind kind = S3Kinds.of(Deed.read(deed.verb(), deed.object()), answer);
    boolean isRetryable = kind == ErrorKind.TRANSIENT || kind == ErrorKind.THROTTLED;
    return failure(
        deed,
        isRetryable ? kind : kind == ErrorKind.EXPIRED ? ErrorKind.EXPIRED : ErrorKind.DENIED,
        "the token service gave no credentials (" + answer.said() + "). Check the role",
        answer);
  }

  private ProviderException unanswered(Deed deed, Throwable failure) {
    String said = said(failure);
    if (chain(failure, CertificateException.class)
        || (chain(failure, SSLException.class) && said.contains("PKIX"))) {
      return failure(
          deed,
          ErrorKind.INVALID,
          "its certificate is not trusted (" + said + "). Name the right one by ca-file",
          failure);
    }
    if (failure instanceof IllegalArgumentException || failure instanceof NullPointerException) {
      return failure(deed, ErrorKind.INVALID, said + ". Check the request", failure);
    }
    if (isCredentials(failure, said)) {
      return failure(
          deed,
          ErrorKind.DENIED,
          "no credentials were found"
              + (said.contains("providers in the chain")
                  ? " in the environment, the AWS configuration files, or this machine's identity"
                  : " (" + said + ")")
              + ". Give the option access-key-file, profile or credentials=anonymous, or set"
              + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
          failure);
    }
    if (said.contains("different checksum")) {
      return failure(
          deed,
          ErrorKind.CORRUPT,
          "what arrived is not what was stored (" + said + "). Read it again",
          failure);
    }
    if (!deed.isMutation() || wasNeverSent(failure, said)) {
      return failure(
          deed,
          ErrorKind.TRANSIENT,
          "the server did not answer (" + said + "). Try again",
          failure);
    }
    return failure(
        deed,
        ErrorKind.UNKNOWN_OUTCOME,
        "no reply came (" + said + "). Look whether it took effect",
        failure);
  }

  /** The SDK's words, without its page of advice to callers who tune its pool. */
  private static String said(Throwable failure) {
    String said = String.valueOf(failure.getMessage());
    int advice = said.indexOf(" than the configured maximum time.");
    return advice < 0 ? said : said.substring(0, advice) + " than it may";
  }

  private static boolean isCredentials(Throwable failure, String said) {
    return failure instanceof SdkClientException
        && (said.contains("credentials") || said.contains("Profile file"));
  }

  private static boolean wasNeverSent(Throwable failure, String said) {
    return chain(failure, ConnectException.class)
        || chain(failure, UnknownHostException.class)
        || chain(failure, NoRouteToHostException.class)
        || said.contains("Acquire operation took longer")
        || said.contains("Could not connect to proxy") // nor, thus, to the server
        || (chain(failure, InterruptedIOException.class) && said.contains("connect"));
  }

  private static boolean chain(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  private ProviderException failure(Deed deed, ErrorKind kind, String reason, S3Answer answer) {
    String id = answer.requestId();
    String named = id == null ? reason : reason + " (request " + id + ")";
    return new ProviderException(
        kind, text(deed, named), answer.exception(), null, answer.retryAfter(), id);
  }

  ProviderException failure(Deed deed, ErrorKind kind, String reason, @Nullable Throwable cause) {
    return new ProviderException(kind, text(deed, reason), cause);
  }

  private String text(Deed deed, String reason) {
    return "Cannot " + deed.verb() + " " + deed.object() + " in " + uri + ": " + reason + ".";
  }
}
