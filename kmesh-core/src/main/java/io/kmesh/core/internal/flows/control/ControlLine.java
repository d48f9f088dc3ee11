// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Questions and answers over one session, both ways. Thread-safe. */
public final class ControlLine {
  private static final Logger LOG = LoggerFactory.getLogger(ControlLine.class);
  private static final int MOST_ASKED = 256;

  private final Way way;
  private final Handler handler;
  private final Map<Long, CompletableFuture<ObjectNode>> waiting = new HashMap<>(); // by this
  private final Set<Long> working = new HashSet<>(); // guarded by this
  private long last; // guarded by this
  private boolean isLost; // guarded by this

  /** Sends messages in order. */
  @FunctionalInterface
  public interface Way {
    /** Sends one. */
    void send(byte[] message) throws IOException, InterruptedException;
  }

  /** Answers what the other side asks. */
  @FunctionalInterface
  public interface Handler {
    /** Answers at once or later; what it fails with is told to the other side. */
    CompletableFuture<Reply> answer(Question question, ObjectNode body);
  }

  /**
   * An answer.
   *
   * @param body what is told
   * @param after done when it was sent, before anything else is
   */
  public record Reply(ObjectNode body, Runnable after) {
    /** An answer with nothing to do after it. */
    public static Reply of(ObjectNode body) {
      return new Reply(body, () -> {});
    }
  }

  /** A line. */
  public ControlLine(Way way, Handler handler) {
    this.way = way;
    this.handler = handler;
  }

  /** Whether a message is for a line rather than for the engine. */
  public static boolean isControl(byte[] message) {
    return ControlCodec.isControl(message);
  }

  /** Asks; fails with {@link ProviderException} as the other side says, or TRANSIENT on loss. */
  public CompletableFuture<ObjectNode> ask(Question question, ObjectNode body) {
    CompletableFuture<ObjectNode> answer = new CompletableFuture<>();
    long id;
    synchronized (this) {
      if (isLost) {
        answer.completeExceptionally(lost("the link is cut"));
        return answer;
      }
      id = ++last;
      waiting.put(id, answer);
    }
    try {
      way.send(ControlCodec.encode(new ControlMessage.Ask(id, question, body)));
    } catch (IOException e) {
      answer.completeExceptionally(lost(String.valueOf(e.getMessage())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer.completeExceptionally(lost("the wait was interrupted"));
    }
    return answer;
  }

  /**
   * Takes a message of the other side.
   *
   * @throws ProviderException when it is none, or the other side asks too much at once
   */
  public void received(byte[] bytes) throws IOException {
    ControlMessage message = ControlCodec.decode(bytes);
    if (message instanceof ControlMessage.Ask ask) {
      asked(ask);
      return;
    }
    CompletableFuture<ObjectNode> answer;
    synchronized (this) {
      answer = waiting.remove(message.id());
    }
    if (answer == null) {
      return; // nobody waits any more
    }
    if (message instanceof ControlMessage.Answer good) {
      answer.complete(good.body());
    } else if (message instanceof ControlMessage.Failure bad) {
      answer.completeExceptionally(
          bad.isDefect()
              ? new DefectException(bad.message())
              : new ProviderException(bad.kind(), bad.message()));
    }
  }

  private void asked(ControlMessage.Ask ask) throws ProviderException {
    synchronized (this) {
      if (working.size() >= MOST_ASKED || !working.add(ask.id())) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot answer the other site: it asks more than "
                + MOST_ASKED
                + " things at once, or one twice.");
      }
    }
    CompletableFuture<Reply> reply;
    try {
      reply = handler.answer(ask.question(), ask.body());
    } catch (RuntimeException | Error e) {
      reply = CompletableFuture.failedFuture(e); // of one question; the session goes on
    }
    CompletableFuture<?> unused = reply.whenComplete((good, bad) -> answered(ask, good, bad));
  }

  private void answered(
      ControlMessage.Ask ask,
      @org.jspecify.annotations.Nullable Reply good,
      @org.jspecify.annotations.Nullable Throwable bad) {
    synchronized (this) {
      working.remove(ask.id());
      if (isLost) {
        return;
      }
    }
    try {
      if (good != null) {
        way.send(ControlCodec.encode(new ControlMessage.Answer(ask.id(), good.body())));
        good.after().run();
      } else {
        way.send(ControlCodec.encode(failure(ask, bad)));
      }
    } catch (IOException e) {
      LOG.debug("The answer to {} was not sent.", ask.question(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ControlMessage failure(
      ControlMessage.Ask ask, @org.jspecify.annotations.Nullable Throwable thrown) {
    Throwable cause =
        thrown instanceof java.util.concurrent.CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (cause != null && DefectException.is(cause)) {
      LOG.error("The question {} of the other site is not answered.", ask.question(), cause);
      return new ControlMessage.Failure(
          ask.id(), ErrorKind.INVALID, DefectException.describe(cause), true);
    }
    Throwable known = cause instanceof UncheckedIOException io ? io.getCause() : cause;
    ErrorKind kind =
        known instanceof KmeshException refusal
            ? refusal.kind()
            : known instanceof IOException io
                ? ProviderException.kindOfRead(io)
                : known instanceof IllegalArgumentException
                    ? ErrorKind.INVALID
                    : ErrorKind.TRANSIENT;
    return new ControlMessage.Failure(
        ask.id(), kind, known == null ? "" : String.valueOf(known.getMessage()));
  }

  private static ProviderException lost(String why) {
    return new ProviderException(
        ErrorKind.TRANSIENT, "Cannot ask the other site: " + why + ". It is asked again.");
  }

  /** The session is over: nothing is answered any more. */
  public void lost() {
    List<CompletableFuture<ObjectNode>> all;
    synchronized (this) {
      isLost = true;
      all = List.copyOf(waiting.values());
      waiting.clear();
    }
    all.forEach(one -> one.completeExceptionally(lost("the link was cut")));
  }
}
