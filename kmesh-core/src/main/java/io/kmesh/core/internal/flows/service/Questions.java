// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Questions that are asked until they are answered, over one session after another. Thread-safe.
 */
final class Questions {
  private final List<Asked<?>> asked = new ArrayList<>(); // guarded by this, as the next
  private @Nullable ControlLine line;

  /** Makes something of an answer. */
  @FunctionalInterface
  interface Read<T> {
    /** Fails when the answer can't be understood. */
    T of(ObjectNode answer) throws IOException;
  }

  /** A question that is asked until it is answered. */
  private record Asked<T>(
      Question question, ObjectNode body, Take<T> take, CompletableFuture<T> done) {
    void answered(ObjectNode answer) {
      try {
        take.take(answer, done);
      } catch (IOException e) {
        done.completeExceptionally(e);
      }
    }
  }

  private interface Take<T> {
    void take(ObjectNode answer, CompletableFuture<T> done) throws IOException;
  }

  /** The other site answers over a line from now on: what waits is asked. */
  void reached(ControlLine talk) {
    List<Asked<?>> again;
    synchronized (this) {
      line = talk;
      asked.removeIf(one -> one.done().isDone());
      again = List.copyOf(asked);
    }
    again.forEach(one -> ask(talk, one));
  }

  /** Nobody answers any more, until somebody does. */
  synchronized void lost() {
    line = null;
  }

  /** As the next, of an answer that says nothing. */
  CompletableFuture<Void> ask(Question question, ObjectNode body) {
    return add(
        new Asked<Void>(
            question, body, (answer, done) -> done.complete(null), new CompletableFuture<>()));
  }

  /** Asks something, however often the link is cut meanwhile; fails when the other site refuses. */
  <T> CompletableFuture<T> ask(Question question, ObjectNode body, Read<T> read) {
    return add(
        new Asked<T>(
            question,
            body,
            (answer, done) -> done.complete(read.of(answer)),
            new CompletableFuture<>()));
  }

  private <T> CompletableFuture<T> add(Asked<T> one) {
    ControlLine talk;
    synchronized (this) {
      asked.removeIf(other -> other.done().isDone());
      asked.add(one);
      talk = line;
    }
    if (talk != null) {
      ask(talk, one);
    }
    return one.done();
  }

  private static <T> void ask(ControlLine talk, Asked<T> one) {
    CompletableFuture<?> unused =
        talk.ask(one.question(), one.body())
            .whenComplete(
                (good, bad) -> {
                  if (bad == null) {
                    one.answered(good);
                  } else if (!(bad instanceof IOException io)
                      || ProviderException.kindOfRead(io) != ErrorKind.TRANSIENT) {
                    one.done().completeExceptionally(bad);
                  } // else it is asked again on the next session
                });
  }
}
