// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for stages and tells how they failed. */
final class ProviderFailures {
  private static final long PATIENCE_SECONDS = 120;

  private ProviderFailures() {}

  /** The result of a stage that must succeed. */
  static <T> T done(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("The call failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("The call did not end in " + PATIENCE_SECONDS + " seconds.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("The test was interrupted.", e);
    }
  }

  /** The failure of a stage, or null when it succeeded. */
  static @Nullable Throwable failure(CompletionStage<?> stage) {
    try {
      stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      return cause;
    } catch (TimeoutException e) {
      throw new AssertionError("The call did not end in " + PATIENCE_SECONDS + " seconds.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("The test was interrupted.", e);
    }
  }

  /** Asserts that a stage fails with a kind and names the object. */
  static void assertFails(CompletionStage<?> stage, ErrorKind kind, String object) {
    Throwable failure = failure(stage);
    assertThat(failure)
        .as("a failure of kind %s that names %s", kind, object)
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining(object);
    assertThat(((ProviderException) java.util.Objects.requireNonNull(failure)).kind())
        .as("the kind of: %s", failure.getMessage())
        .isEqualTo(kind);
  }
}
