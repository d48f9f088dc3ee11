// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.OperationCancelledException;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.OutcomeUnknownException;
import io.kmesh.Progress;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OperationRunnerTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final ManualTime time = ManualTime.skipping();
  private final RecordingObserver observer = new RecordingObserver();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private MemoryState state = MemoryState.create(time);

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private interface Work {
    String run(ObjectNode spec, OperationContext context) throws IOException;
  }

  /** A handler whose work a test gives. */
  private static class TextHandler implements OperationHandler<String> {
    private final Work work;

    TextHandler(Work work) {
      this.work = work;
    }

    @Override
    public String type() {
      return "test.text";
    }

    @Override
    public Class<String> resultType() {
      return String.class;
    }

    @Override
    public String run(ObjectNode spec, OperationContext context) throws IOException {
      return work.run(spec, context);
    }

    @Override
    public ObjectNode encode(String result) {
      return JsonNodeFactory.instance.objectNode().put("format", 0).put("text", result);
    }

    @Override
    public String decode(ObjectNode json) {
      return json.path("text").asText();
    }
  }

  private OperationRunner runner(OperationHandler<?>... handlers) {
    return new OperationRunner(
        new OperationJournal(state, time, new Random(1)),
        time,
        new Observers(time, List.of(observer)),
        threads,
        List.of(handlers));
  }

  private static ObjectNode spec(String text) {
    return JsonNodeFactory.instance.objectNode().put("format", 0).put("text", text);
  }

  /** Waits in real time for what another thread does. */
  private static void pass(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Does nothing until it is told to stop. */
  private static String untilStopped(OperationContext context) throws IOException {
    while (true) {
      context.checkCancelled();
      Thread.onSpinWait();
    }
  }

  @Test
  void start_runsAndKeepsTheResult() {
    TextHandler handler = new TextHandler((spec, context) -> spec.path("text").asText() + "!");
    OperationRunner runner = runner(handler);

    Operation<String> operation = runner.start(handler, spec("hello"), "tenant");

    assertThat(operation.await(SOON)).isEqualTo("hello!");
    assertThat(operation.state()).isEqualTo(OperationState.SUCCEEDED);
    assertThat(operation.completion().join()).isEqualTo("hello!");
    assertThat(operation.type()).isEqualTo("test.text");
    runner.close();

    state = state.reopen();
    Operation<String> later = runner(handler).find(operation.id(), String.class).orElseThrow();
    assertThat(later.await(Duration.ZERO)).isEqualTo("hello!");
    assertThat(observer.events().stream().map(e -> e.type()))
        .containsExactly("operation.accepted", "operation.begun", "operation.succeeded");
  }

  @Test
  void await_whenTheTimeIsOver_saysSoAndTheOperationGoesOn() {
    CountDownLatch go = new CountDownLatch(1);
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              pass(go);
              return "done";
            });
    Operation<String> operation = runner(handler).start(handler, spec(""), "");

    assertThatThrownBy(() -> operation.await(Duration.ZERO))
        .isInstanceOf(KmeshTimeoutException.class)
        .hasMessageContaining(operation.id().value());
    go.countDown();
    assertThat(operation.completion().join()).isEqualTo("done");
  }

  @Test
  void await_whenItFailed_throwsItsKindAndContext() {
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              throw new KmeshException(
                  ErrorKind.NO_SPACE, "Cannot x: full. Free.", Map.of("pool", "fast"), null);
            });
    OperationRunner runner = runner(handler);
    Operation<String> operation = runner.start(handler, spec(""), "");

    KmeshException failure =
        catchThrowableOfType(KmeshException.class, () -> operation.await(SOON));

    assertThat(failure.kind()).isEqualTo(ErrorKind.NO_SPACE);
    assertThat(failure.context()).containsEntry("pool", "fast");
    assertThat(operation.state()).isEqualTo(OperationState.FAILED);
    assertThatThrownBy(() -> operation.completion().join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(KmeshException.class);
    runner.close();
    state = state.reopen();
    assertThatThrownBy(
            () ->
                runner(handler)
                    .find(operation.id(), String.class)
                    .orElseThrow()
                    .await(Duration.ZERO))
        .isInstanceOf(KmeshException.class)
        .hasMessage("Cannot x: full. Free.");
  }

  @Test
  void await_whenTheOutcomeIsUnknown_throwsThatAndReconcileDecides() {
    int[] runs = {0};
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              if (runs[0]++ == 0) {
                throw new IOException("the connection broke");
              }
              return "it was there";
            });
    OperationRunner runner = runner(handler);
    Operation<String> operation = runner.start(handler, spec(""), "");
    assertThatThrownBy(() -> operation.await(SOON))
        .isInstanceOfSatisfying(
            OutcomeUnknownException.class,
            e -> assertThat(e.operation()).isEqualTo(operation.id()));
    assertThat(operation.state()).isEqualTo(OperationState.OUTCOME_UNKNOWN);
    assertThat(runner.resume()).isZero(); // never blindly

    assertThat(runner.reconcile(operation.id())).isEqualTo(OperationState.RUNNING);
    Operation<String> again = runner.find(operation.id(), String.class).orElseThrow();
    assertThat(again.await(SOON)).isEqualTo("it was there");
    assertThat(runner.reconcile(operation.id())).isEqualTo(OperationState.SUCCEEDED);
  }

  @Test
  void reconcile_whenTheHandlerKnows_endsIt() {
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              throw new IOException("the connection broke");
            }) {
          @Override
          public Verdict<String> reconcile(ObjectNode spec, OperationContext context) {
            return switch (spec.path("text").asText()) {
              case "happened" -> new Verdict.Succeeded<>("found");
              case "not" ->
                  new Verdict.Failed<>(
                      new OperationError(ErrorKind.TRANSIENT, "Cannot x: no.", Map.of()));
              default -> new Verdict.StillUnknown<>();
            };
          }
        };
    OperationRunner runner = runner(handler);
    Map<String, OperationState> expected =
        Map.of(
            "happened", OperationState.SUCCEEDED,
            "not", OperationState.FAILED,
            "?", OperationState.OUTCOME_UNKNOWN);
    expected.forEach(
        (text, end) -> {
          Operation<String> operation = runner.start(handler, spec(text), "");
          assertThatThrownBy(() -> operation.await(SOON))
              .isInstanceOf(OutcomeUnknownException.class);
          assertThat(runner.reconcile(operation.id())).isEqualTo(end);
          assertThat(runner.find(operation.id(), String.class).orElseThrow().state())
              .isEqualTo(end);
        });
    assertThatThrownBy(() -> runner.reconcile(new OperationId("none")))
        .isInstanceOf(KmeshException.class);
  }

  @Test
  void run_whenIntentsStayOpen_isOfUnknownOutcome() {
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              context.intents().begin(List.of(new Intent("u", "remove the object")));
              return "forgot to settle";
            });
    Operation<String> operation = runner(handler).start(handler, spec(""), "");

    assertThatThrownBy(() -> operation.await(SOON)).isInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void cancel_whenRunning_endsItAsCancelled() {
    TextHandler handler = new TextHandler((spec, context) -> untilStopped(context));
    Operation<String> operation = runner(handler).start(handler, spec(""), "");

    operation.cancel();
    operation.cancel();

    assertThatThrownBy(() -> operation.await(SOON)).isInstanceOf(OperationCancelledException.class);
    assertThat(operation.state()).isEqualTo(OperationState.CANCELLED);
  }

  @Test
  void completion_whenCancelled_cancelsTheOperation() {
    TextHandler handler = new TextHandler((spec, context) -> untilStopped(context));
    Operation<String> operation = runner(handler).start(handler, spec(""), "");
    CompletableFuture<String> future = operation.completion();

    assertThat(future.cancel(true)).isTrue();

    assertThat(future).isCancelled();
    assertThatThrownBy(() -> operation.await(SOON)).isInstanceOf(OperationCancelledException.class);
  }

  @Test
  void completion_whenItsReceiverCompletesIt_leavesTheOperationAlone() {
    CountDownLatch go = new CountDownLatch(1);
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              pass(go);
              return "true";
            });
    Operation<String> operation = runner(handler).start(handler, spec(""), "");

    operation.completion().complete("false");
    go.countDown();

    assertThat(operation.await(SOON)).isEqualTo("true");
    assertThat(operation.completion().join()).isEqualTo("true");
  }

  @Test
  void close_parksAndTheNextOpeningResumes() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    TextHandler endless =
        new TextHandler(
            (spec, context) -> {
              context.progress(new Progress(3, 10, DataSize.ZERO, DataSize.ZERO));
              begun.countDown();
              return untilStopped(context);
            });
    OperationRunner runner = runner(endless);
    Operation<String> operation = runner.start(endless, spec(""), "");
    CompletableFuture<String> future = operation.completion();
    begun.await();
    runner.close();
    runner.close();

    assertThat(operation.state()).isEqualTo(OperationState.PARKED);
    assertThat(future).isNotDone();
    assertThatThrownBy(() -> operation.await(SOON))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXPIRED));
    assertThatThrownBy(() -> runner.start(endless, spec(""), ""))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("closed");

    state = state.reopen();
    int[] attempt = {0};
    Progress[] progress = {Progress.NONE};
    TextHandler quick =
        new TextHandler(
            (spec, context) -> {
              attempt[0] = context.attempt();
              progress[0] = context.progress();
              return "resumed";
            });
    OperationRunner next = runner(quick);
    assertThat(next.resume()).isEqualTo(1);
    assertThat(next.find(operation.id(), String.class).orElseThrow().await(SOON))
        .isEqualTo("resumed");
    assertThat(attempt[0]).isEqualTo(2);
    assertThat(progress[0].itemsDone()).isEqualTo(3);
  }

  @Test
  void cancel_whenItsProcessDied_isStillWantedByTheNext() throws IOException {
    OperationJournal journal = new OperationJournal(state, time, new Random(1));
    OperationRecord fresh = journal.create("test.text", spec(""), "");
    journal.requestCancel(fresh.id());
    OperationRecord begun = journal.create("test.text", spec(""), "");
    journal.markRunning(begun.id());
    journal.requestCancel(begun.id());
    TextHandler handler = new TextHandler((spec, context) -> untilStopped(context));
    OperationRunner runner = runner(handler);

    assertThat(runner.resume()).isEqualTo(2);

    for (OperationId id : List.of(fresh.id(), begun.id())) {
      assertThatThrownBy(() -> runner.find(id, String.class).orElseThrow().await(SOON))
          .isInstanceOf(OperationCancelledException.class);
    }
  }

  @Test
  void resume_whenItsNeedsAreNotThere_waitsForThem() {
    boolean[] isReady = {false};
    TextHandler handler =
        new TextHandler((spec, context) -> "ran") {
          @Override
          public boolean isReady(ObjectNode spec) {
            return isReady[0];
          }
        };
    OperationId id;
    try {
      id = new OperationJournal(state, time, new Random(1)).create("test.text", spec(""), "").id();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    OperationRunner runner = runner(handler);

    assertThat(runner.resume()).isZero();
    Operation<String> waiting = runner.find(id, String.class).orElseThrow();
    assertThat(runner.open()).hasSize(1);
    isReady[0] = true;
    assertThat(runner.resume()).isEqualTo(1);

    assertThat(waiting.await(SOON)).isEqualTo("ran");
    assertThat(runner.open()).isEmpty();
  }

  @Test
  void resume_whenTheTypeIsUnknown_leavesItAndTells() throws IOException {
    OperationJournal journal = new OperationJournal(state, time, new Random(1));
    OperationId id = journal.create("of.the.future", spec(""), "").id();
    OperationRunner runner = runner();

    assertThat(runner.resume()).isZero();

    assertThat(observer.events("operation.unknown-type")).hasSize(1);
    assertThat(journal.find(id).orElseThrow().state()).isEqualTo(OperationState.PENDING);
    assertThatThrownBy(() -> runner.find(id, String.class)).isInstanceOf(KmeshException.class);
  }

  @Test
  void find_whenTheResultIsOfAnotherType_isRefused() {
    TextHandler handler = new TextHandler((spec, context) -> "x");
    OperationRunner runner = runner(handler);
    Operation<String> operation = runner.start(handler, spec(""), "");
    assertThat(operation.await(SOON)).isEqualTo("x");

    assertThatThrownBy(() -> runner.find(operation.id(), Long.class))
        .isInstanceOf(KmeshException.class)
        .hasMessageContainingAll("Long", "String");
    assertThat(runner.find(operation.id(), CharSequence.class)).isPresent();
    assertThat(runner.find(new OperationId("none"), String.class)).isEmpty();
  }

  @Test
  void ensure_whenItRuns_givesTheSameOne() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    int[] runs = {0};
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              runs[0]++;
              pass(go);
              return "once";
            });
    OperationRunner runner = runner(handler);
    OperationId id = new OperationId("job42");

    Operation<String> first = runner.ensure(id, handler, spec("a"), "");
    Operation<String> second = runner.ensure(id, handler, spec("a"), "");
    assertThat(second).isSameAs(first);
    assertThat(runner.find(id, String.class).orElseThrow()).isSameAs(first);
    assertThatThrownBy(() -> runner.ensure(id, handler, spec("b"), ""))
        .isInstanceOf(io.kmesh.SpecConflictException.class);
    go.countDown();
    assertThat(first.await(SOON)).isEqualTo("once");
    assertThat(runner.ensure(id, handler, spec("a"), "").await(SOON)).isEqualTo("once");
    assertThat(runs[0]).isEqualTo(1);
  }

  @Test
  void progress_isWrittenSeldom() {
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              for (int i = 0; i < 10_000; i++) {
                context.progress(new Progress(i, 10_000, DataSize.ZERO, DataSize.ZERO));
                time.advance(Duration.ofMillis(1));
              }
              return "done";
            });
    Operation<String> operation = runner(handler).start(handler, spec(""), "");
    assertThat(operation.await(Duration.ofHours(1))).isEqualTo("done");

    // accepted, begun, two progresses in ten seconds, succeeded
    assertThat(state.applies()).isBetween(4L, 6L);
    assertThat(operation.progress().itemsDone()).isEqualTo(9_999);
  }

  @Test
  void run_whenTheStateFails_isLostHereAndResumedLater() throws IOException {
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              state.close();
              return "done";
            });
    Operation<String> operation = runner(handler).start(handler, spec(""), "");

    assertThatThrownBy(() -> operation.await(SOON))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("next opening");
    assertThat(observer.events("operation.lost")).hasSize(1);

    state = state.reopen();
    TextHandler quick = new TextHandler((spec, context) -> "resumed");
    OperationRunner next = runner(quick);
    assertThat(next.resume()).isEqualTo(1);
    assertThat(next.find(operation.id(), String.class).orElseThrow().await(SOON))
        .isEqualTo("resumed");
  }

  @Test
  void run_whenCancelledByNobodyHere_fails() {
    TextHandler handler =
        new TextHandler(
            (spec, context) -> {
              throw new ProviderException(ErrorKind.CANCELLED, "Cannot x: an operator did it.");
            });
    Operation<String> operation = runner(handler).start(handler, spec(""), "");

    assertThatThrownBy(() -> operation.await(SOON)).hasMessageContaining("an operator did it");
    assertThat(operation.state()).isEqualTo(OperationState.FAILED);
  }
}
