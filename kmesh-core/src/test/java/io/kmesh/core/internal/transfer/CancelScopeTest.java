// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Cuts;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Requests that callers send themselves. Others: MirrorCancelTest. */
@SuppressWarnings("try") // a call is under way for a block
class CancelScopeTest {
  private final ManualTime time = ManualTime.create();
  private final AtomicBoolean isCancelled = new AtomicBoolean();
  private final CancelScope scope = new CancelScope(time, isCancelled::get);

  /** A call whose request is answered with a failure once it is cut, or after some time. */
  private CompletableFuture<String> call(Duration most) {
    return scope
        .call(
            () -> {
              AtomicBoolean isCut = new AtomicBoolean();
              Duration step = Duration.ofMillis(50);
              Duration spent = Duration.ZERO;
              try (Cuts.Running unused = scope.cutting(Cuts.NONE).begin(() -> isCut.set(true))) {
                while (!isCut.get() && spent.compareTo(most) < 0) {
                  time.advance(step);
                  spent = spent.plus(step);
                }
              }
              return isCut.get()
                  ? CompletableFuture.failedFuture(new IOException("the connection is closed"))
                  : CompletableFuture.completedFuture("answered");
            })
        .toCompletableFuture();
  }

  private static void isCancelled(CompletableFuture<String> call) {
    assertThatThrownBy(call::join)
        .cause()
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED));
  }

  @Test
  void requestOfACaller_isCutWhenTheWorkIsCancelled() {
    assertThat(call(Duration.ofMinutes(1)).join()).isEqualTo("answered");
    isCancelled.set(true);
    isCancelled(call(Duration.ofMinutes(1)));
  }

  @Test
  void requestThatBeginsWhenAllIsOver_hasAWhileToCleanUp() {
    isCancelled.set(true);
    isCancelled(call(Duration.ofMinutes(1)));
    time.advance(Duration.ofMillis(1));
    assertThat(call(Duration.ofSeconds(4)).join()).isEqualTo("answered");
    isCancelled(call(Duration.ofMinutes(1)));
  }

  @Test
  void failureOfItsOwn_isToldAsItIs() {
    CompletableFuture<String> own =
        scope
            .<String>call(() -> CompletableFuture.failedFuture(new IOException("of the server")))
            .toCompletableFuture();
    assertThatThrownBy(own::join).hasMessageContaining("of the server");
    isCancelled.set(true);
    isCancelled(call(Duration.ofMinutes(1)));
    CompletableFuture<String> after =
        scope
            .<String>call(() -> CompletableFuture.failedFuture(new IOException("of the server")))
            .toCompletableFuture();
    assertThatThrownBy(after::join).hasMessageContaining("of the server");
  }

  @Test
  void othersHearOfItToo() {
    StringBuilder heard = new StringBuilder();
    Cuts others =
        cut -> {
          heard.append("begun ");
          return () -> heard.append("ended");
        };
    scope.cutting(others).begin(() -> {}).close();
    assertThat(heard).hasToString("begun ended");
  }
}
