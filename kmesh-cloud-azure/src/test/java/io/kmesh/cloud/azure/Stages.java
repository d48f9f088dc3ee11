// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ProviderException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Waits for stages. */
final class Stages {
  private Stages() {}

  static <T> T done(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  static ProviderException failure(CompletionStage<?> stage) {
    try {
      Object result = stage.toCompletableFuture().join();
      throw new AssertionError("It did not fail: " + result);
    } catch (CompletionException e) {
      Throwable cause = e;
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      assertThat(cause).isInstanceOf(ProviderException.class);
      return (ProviderException) cause;
    }
  }
}
