// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a site to forget a flow whose cache it holds. Thread-safe. */
final class Unhosting implements LinkHandler {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** How long nobody may answer there before it is taken for away. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final CompletableFuture<ObjectNode> answer = new CompletableFuture<>();
  private @Nullable ControlLine line; // guarded by this

  private Unhosting() {}

  /**
   * Asks, and waits for the answer.
   *
   * @throws ProviderException PRECONDITION when files wait there to be written back; TRANSIENT when
   *     the site is not reached
   */
  static void ask(String name, String flow, String site, SiteLinks links, KmeshTime time)
      throws IOException {
    Unhosting handler = new Unhosting();
    try (LinkDialer dialer = links.dial(site, flow, handler)) {
      handler.await(name, site, dialer, time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreached(name, site, "the wait was interrupted.", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  private void await(String name, String site, LinkDialer dialer, KmeshTime time)
      throws ProviderException, InterruptedException, ExecutionException {
    long began = time.nanoTime();
    while (true) {
      try {
        answer.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        return;
      } catch (TimeoutException e) {
        Optional<IOException> failure = dialer.failure();
        if (failure.isPresent()) {
          throw unreached(name, site, String.valueOf(failure.get().getMessage()), e);
        }
        if (time.nanoTime() - began > LIMIT.toNanos()) {
          throw unreached(name, site, "it does not answer.", e);
        }
      }
    }
  }

  private static ProviderException unreached(String name, String site, String why, Exception e) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot delete the data flow \""
            + name
            + "\": "
            + site
            + " holds its cache, and "
            + why
            + " Delete it when that site is reached; if it is gone for good, revoke it first (kmesh"
            + " site revoke "
            + site
            + ", where the authority is).",
        e);
  }

  @Override
  public void opened(LinkSession session) {
    if (!session.peer().capabilities().contains(Capability.CACHES)) {
      answer.complete(SpecJson.object(0)); // it never held one
      return;
    }
    ControlLine talk =
        new ControlLine(
            session::send,
            (question, body) ->
                CompletableFuture.failedFuture(
                    new ProviderException(
                        ErrorKind.TRANSIENT, "Cannot be asked: the flow is being deleted.")));
    synchronized (this) {
      line = talk;
    }
    CompletableFuture<?> unused =
        talk.ask(Question.UNHOST, SpecJson.object(0))
            .whenComplete(
                (good, bad) -> {
                  if (good != null) {
                    answer.complete(good);
                  } else if (!(bad instanceof ProviderException known)
                      || known.kind() != ErrorKind.TRANSIENT) {
                    answer.completeExceptionally(bad);
                  } // else the next session asks again
                });
  }

  private synchronized @Nullable ControlLine line() {
    return line;
  }

  @Override
  public void message(LinkSession from, byte[] message) throws Exception {
    ControlLine talk = line();
    if (talk != null && ControlLine.isControl(message)) {
      talk.received(message);
    }
  }

  @Override
  public void bulk(LinkSession from, byte[] message) {}

  @Override
  public void lost(LinkSession over, LinkEnd end) {
    ControlLine talk = line();
    if (talk != null) {
      talk.lost();
    }
  }
}
