// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
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

/** Asks another site one thing about a flow that does not run, and waits. Thread-safe. */
final class SingleQuestion implements LinkHandler {
  /** How long nobody may answer there before it is taken for away. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Question question;
  private final String capability;
  private final CompletableFuture<Optional<ObjectNode>> answer = new CompletableFuture<>();
  private @Nullable ControlLine line; // guarded by this

  private SingleQuestion(Question question, String capability) {
    this.question = question;
    this.capability = capability;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param capability what the site must be able to do; else it is not asked
   * @param limit how long it may take, once it is reached
   * @return empty when it can't
   * @throws ProviderException TRANSIENT, with why for people, when the site is not reached; else
   *     what it says
   */
  static Optional<ObjectNode> ask(
      Question question,
      String capability,
      String flow,
      String site,
      SiteLinks links,
      Duration limit,
      KmeshTime time)
      throws IOException {
    SingleQuestion handler = new SingleQuestion(question, capability);
    try (LinkDialer dialer = links.dial(site, flow, handler)) {
      return handler.await(dialer, limit, time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProviderException(ErrorKind.TRANSIENT, "the wait was interrupted.", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  private Optional<ObjectNode> await(LinkDialer dialer, Duration limit, KmeshTime time)
      throws ProviderException, InterruptedException, ExecutionException {
    long began = time.nanoTime();
    while (true) {
      try {
        return answer.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        Optional<IOException> failure = dialer.failure();
        if (failure.isPresent()) {
          throw new ProviderException(
              ErrorKind.TRANSIENT, String.valueOf(failure.get().getMessage()), e);
        }
        if (time.nanoTime() - began > limit.toNanos()) {
          throw new ProviderException(ErrorKind.TRANSIENT, "it does not answer.", e);
        }
      }
    }
  }

  @Override
  public void opened(LinkSession session) {
    if (!session.peer().capabilities().contains(capability)) {
      answer.complete(Optional.empty());
      return;
    }
    ControlLine talk =
        new ControlLine(
            session::send,
            (asked, body) ->
                CompletableFuture.failedFuture(
                    new ProviderException(
                        ErrorKind.TRANSIENT, "Cannot be asked: the flow is being deleted.")));
    synchronized (this) {
      line = talk;
    }
    CompletableFuture<?> unused =
        talk.ask(question, SpecJson.object(0))
            .whenComplete(
                (good, bad) -> {
                  if (good != null) {
                    answer.complete(Optional.of(good));
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
