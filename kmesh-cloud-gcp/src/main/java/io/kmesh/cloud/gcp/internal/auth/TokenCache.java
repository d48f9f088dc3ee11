// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ProviderException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The token in use. It is renewed before it expires, while the old one still serves; whoever comes
 * when none serves waits for the one flight that is under way.
 */
public final class TokenCache {
  /** The metadata server gives a new token only in the last five minutes of the old one. */
  private static final Duration RENEW = Duration.ofSeconds(225);

  private static final Duration LAST_USE = Duration.ofSeconds(20);

  private final TokenSource source;
  private final InstantSource clock;
  private @Nullable Held held; // guarded by this
  private @Nullable CompletableFuture<String> flight; // guarded by this

  private record Held(String secret, Instant renewAt, Instant lastUse) {}

  /** An empty cache. */
  public TokenCache(TokenSource source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  /** A token that is valid now. */
  public CompletionStage<String> token(GcsHttp http) {
    CompletableFuture<String> mine;
    Held old;
    synchronized (this) {
      Instant now = clock.instant();
      old = held;
      if (old != null && now.isBefore(old.renewAt)) {
        return CompletableFuture.completedFuture(old.secret);
      }
      boolean serves = old != null && now.isBefore(old.lastUse);
      if (flight != null) {
        return serves && old != null
            ? CompletableFuture.completedFuture(old.secret)
            : flight.copy();
      }
      if (!serves) {
        old = null;
      }
      mine = new CompletableFuture<>();
      flight = mine;
    }
    try {
      http.threads().execute(() -> fly(http, mine));
    } catch (RejectedExecutionException e) {
      land(mine, null);
      mine.completeExceptionally(e);
    }
    return old == null ? mine.copy() : CompletableFuture.completedFuture(old.secret);
  }

  private void fly(GcsHttp http, CompletableFuture<String> mine) {
    try {
      Token token = source.fetch(http);
      land(mine, hold(token));
      mine.complete(token.secret());
    } catch (ProviderException | RuntimeException e) {
      land(mine, null);
      mine.completeExceptionally(e);
    }
  }

  /** A token that lives but minutes is renewed in its last quarter. */
  private Held hold(Token token) {
    if (token.expiry().equals(Instant.MAX)) {
      return new Held(token.secret(), Instant.MAX, Instant.MAX);
    }
    Duration life = Duration.between(clock.instant(), token.expiry());
    Duration quarter = life.dividedBy(4);
    Duration eighth = life.dividedBy(8);
    return new Held(
        token.secret(),
        token.expiry().minus(quarter.compareTo(RENEW) < 0 ? quarter : RENEW),
        token.expiry().minus(eighth.compareTo(LAST_USE) < 0 ? eighth : LAST_USE));
  }

  private synchronized void land(CompletableFuture<String> mine, @Nullable Held fetched) {
    if (fetched != null) {
      held = fetched;
    }
    if (flight == mine) {
      flight = null;
    }
  }
}
