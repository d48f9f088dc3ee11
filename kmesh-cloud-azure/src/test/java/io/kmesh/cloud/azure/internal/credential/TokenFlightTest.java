// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TokenFlightTest {
  private final ManualTime time = ManualTime.create();
  private final List<CompletableFuture<AccessToken>> fetches = new ArrayList<>();
  private final TokenFlight flight =
      new TokenFlight(
          () -> {
            CompletableFuture<AccessToken> fetch = new CompletableFuture<>();
            synchronized (fetches) {
              fetches.add(fetch);
            }
            return fetch;
          },
          time);

  private AccessToken token(String value, Duration life) {
    return new AccessToken(new Secret(value), time.now().plus(life));
  }

  private AccessToken now() {
    return flight.token().toCompletableFuture().getNow(null);
  }

  @Test
  void manyThreadsWithoutAToken_shareOneFetch() throws InterruptedException {
    List<CompletableFuture<AccessToken>> asked = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                CompletableFuture<AccessToken> token = flight.token().toCompletableFuture();
                synchronized (asked) {
                  asked.add(token);
                }
              });
      thread.start();
      threads.add(thread);
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(fetches).hasSize(1);
    AccessToken token = token("one", Duration.ofHours(1));
    fetches.get(0).complete(token);
    assertThat(asked).hasSize(32).allSatisfy(f -> assertThat(f.getNow(null)).isSameAs(token));
    assertThat(now()).isSameAs(token);
    assertThat(fetches).hasSize(1);
  }

  @Test
  void tokenThatEndsSoon_isRenewedByOneWhileOthersGoOnWithIt() {
    assertThat(now()).isNull();
    AccessToken first = token("first", Duration.ofHours(1));
    fetches.get(0).complete(first);
    time.advance(Duration.ofMinutes(54));
    assertThat(now()).isSameAs(first);
    assertThat(fetches).hasSize(1);
    time.advance(Duration.ofMinutes(2));
    assertThat(now()).isSameAs(first);
    assertThat(now()).isSameAs(first);
    assertThat(fetches).hasSize(2);
    AccessToken second = token("second", Duration.ofHours(1));
    fetches.get(1).complete(second);
    assertThat(now()).isSameAs(second);
    assertThat(fetches).hasSize(2);
  }

  @Test
  void renewalThatFails_leavesTheOldTokenWhileItIsGood_andIsTriedAfterAPause() {
    now();
    AccessToken first = token("first", Duration.ofHours(1));
    fetches.get(0).complete(first);
    time.advance(Duration.ofMinutes(56));
    now();
    fetches.get(1).completeExceptionally(new ProviderException(ErrorKind.TRANSIENT, "down"));
    assertThat(now()).isSameAs(first);
    assertThat(fetches).hasSize(2);
    time.advance(Duration.ofMinutes(1));
    assertThat(now()).isSameAs(first);
    assertThat(fetches).hasSize(3);
    fetches.get(2).completeExceptionally(new ProviderException(ErrorKind.TRANSIENT, "down"));
    time.advance(Duration.ofMinutes(10));
    CompletableFuture<AccessToken> late = flight.token().toCompletableFuture();
    fetches.get(3).completeExceptionally(new ProviderException(ErrorKind.DENIED, "gone"));
    assertThatThrownBy(late::join).hasRootCauseMessage("gone");
  }

  @Test
  void tokenThatTheServiceRefused_isNotGivenAgain() {
    now();
    AccessToken first = token("first", Duration.ofHours(1));
    fetches.get(0).complete(first);
    flight.refused(first);
    assertThat(now()).isNull();
    AccessToken second = token("second", Duration.ofHours(1));
    fetches.get(1).complete(second);
    flight.refused(first);
    assertThat(now()).isSameAs(second);
  }

  @Test
  void tokens_showNothing() {
    assertThat(token("hidden", Duration.ofHours(1)).toString()).doesNotContain("hidden");
    assertThat(new Credential.Sas(new Secret("hidden")).toString()).doesNotContain("hidden");
    assertThat(new Credential.SharedKey("a", new Secret("hidden")).toString())
        .doesNotContain("hidden");
  }
}
