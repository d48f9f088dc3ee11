// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Response;

/** Sends calls with a token, once each, and tells what failed. Thread-safe. */
public final class GcsClient {
  /** Gives tokens; an empty one for none. */
  public interface Tokens {
    /** A token that is valid now. */
    CompletionStage<String> token(GcsHttp http);
  }

  private final GcsHttp http;
  private final GcsPlace place;
  private final Tokens tokens;
  private final GcsFailures failures;
  private volatile boolean closed;

  /** A client for a bucket. */
  public GcsClient(GcsHttp http, GcsPlace place, Tokens tokens) {
    this.http = http;
    this.place = place;
    this.tokens = tokens;
    this.failures = new GcsFailures(place);
  }

  GcsPlace place() {
    return place;
  }

  GcsFailures failures() {
    return failures;
  }

  CompletionStage<GcsAnswer> send(GcsCall call) {
    return send(call, Set.of());
  }

  /** Sends a call; a status that is neither 2xx nor tolerated is a failure. */
  CompletionStage<GcsAnswer> send(GcsCall call, Set<Integer> tolerated) {
    if (closed) {
      return CompletableFuture.failedFuture(
          failures.of(ErrorKind.INVALID, call, "the store is closed. Open it anew"));
    }
    return tokens
        .token(http)
        .handle(
            (token, failure) -> {
              if (failure != null) {
                throw new CompletionException(failures.credentials(call, unwrap(failure)));
              }
              return token;
            })
        .thenCompose(token -> exchange(call, token))
        .thenApply(
            answer -> {
              if (answer.status() / 100 != 2 && !tolerated.contains(answer.status())) {
                throw new CompletionException(failures.status(call, answer));
              }
              return answer;
            });
  }

  private CompletableFuture<GcsAnswer> exchange(GcsCall call, String token) {
    if (!token.isEmpty()) {
      call.request().header("Authorization", "Bearer " + token);
    }
    if (!place.project().isEmpty()) {
      call.request().header("x-goog-user-project", place.project());
    }
    CompletableFuture<GcsAnswer> result = new CompletableFuture<>();
    http.client()
        .newCall(call.request().build())
        .enqueue(
            new Callback() {
              @Override
              public void onFailure(Call sent, IOException e) {
                result.completeExceptionally(failures.transport(call, e, null));
              }

              @Override
              public void onResponse(Call sent, Response response) {
                try (response) {
                  result.complete(GcsAnswer.read(response));
                } catch (IOException | RuntimeException e) {
                  result.completeExceptionally(
                      failures.transport(call, e, response.header("X-GUploader-UploadID")));
                }
              }
            });
    return result;
  }

  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** The failure as a provider's. */
  static ProviderException provider(Throwable failure) {
    Throwable cause = unwrap(failure);
    return cause instanceof ProviderException p
        ? p
        : new ProviderException(ErrorKind.UNKNOWN_OUTCOME, String.valueOf(cause), cause);
  }

  /** Refuses calls from now on and ends the connections. */
  public void close() {
    closed = true;
    http.close();
  }
}
