// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a token and renews it before it expires, by one request for all who ask meanwhile: those
 * who hold a token that is still good go on with it. Thread-safe.
 */
public final class TokenFlight {
  private static final Duration EARLY = Duration.ofMinutes(5);
  private static final Duration SLACK = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofSeconds(30);

  private final TokenSource source;
  private final KmeshTime time;
  private @Nullable AccessToken token;
  private Instant renewFrom = Instant.MIN;
  private @Nullable CompletableFuture<AccessToken> flight;

  /** A flight over a source. */
  public TokenFlight(TokenSource source, KmeshTime time) {
    this.source = source;
    this.time = time;
  }

  /** A token that is good now. */
  public CompletionStage<AccessToken> token() {
    CompletableFuture<AccessToken> mine;
    AccessToken good;
    boolean isFirst = false;
    synchronized (this) {
      Instant now = time.now();
      good = token != null && now.isBefore(token.expires().minus(SLACK)) ? token : null;
      if (good != null && now.isBefore(renewFrom)) {
        return CompletableFuture.completedFuture(good);
      }
      if (flight == null) {
        flight = new CompletableFuture<>();
        isFirst = true;
      }
      mine = flight;
    }
    if (isFirst) {
      fly(mine);
    }
    return good == null ? mine.copy() : CompletableFuture.completedFuture(good);
  }

  /** A token that the service refused, which is not given out again. */
  @SuppressWarnings("ReferenceEquality") // That very one: a later one may have the same text.
  public synchronized void refused(AccessToken refused) {
    if (token == refused) {
      token = null;
    }
  }

  private void fly(CompletableFuture<AccessToken> mine) {
    CompletionStage<AccessToken> fetched;
    try {
      fetched = source.fetch();
    } catch (RuntimeException e) {
      fetched = CompletableFuture.failedFuture(e);
    }
    CompletionStage<?> unused =
        fetched.whenComplete(
            (renewed, failure) -> {
              land(renewed);
              if (failure == null) {
                mine.complete(renewed);
              } else {
                mine.completeExceptionally(failure);
              }
            });
  }

  private synchronized void land(@Nullable AccessToken renewed) {
    flight = null;
    Instant now = time.now();
    if (renewed == null) {
      renewFrom = now.plus(PAUSE); // while the old one is good; without one, the next call asks
      return;
    }
    Duration life = Duration.between(now, renewed.expires());
    Duration early = life.dividedBy(2).compareTo(EARLY) < 0 ? life.dividedBy(2) : EARLY;
    token = renewed;
    renewFrom = renewed.expires().minus(early);
  }
}
