// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.observe.Observer;
import io.kmesh.testkit.time.ManualTime;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link Observer} must bear. Extend it and say how yours is made. */
public abstract class ObserverContract {
  /** For subclasses. */
  protected ObserverContract() {}

  /** A new observer. */
  protected abstract Observer create();

  private static KmeshEvent event(long sequence, Severity severity, String text) {
    return new KmeshEvent(
        sequence,
        ManualTime.START,
        severity,
        "contract.happened",
        text,
        "Something happened to " + text,
        Map.of("path", text, "", ""));
  }

  @Test
  void event_whenOfAnySeverity_isBorne() {
    Observer observer = create();
    for (Severity severity : Severity.values()) {
      assertThatCode(() -> observer.event(event(1, severity, "/a"))).doesNotThrowAnyException();
    }
  }

  @Test
  void event_whenTextsAreHostile_isBorne() {
    Observer observer = create();
    for (String text :
        new String[] {"", "\0", "\n", "{}", "%s%n$1", "\ud800", "x".repeat(100_000), "\u202e"}) {
      assertThatCode(() -> observer.event(event(1, Severity.WARNING, text)))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void metrics_whenNewOrExtreme_areBorne() {
    Observer observer = create();
    assertThatCode(
            () -> {
              observer.count("contract.things", 0);
              observer.count("contract.things", 1);
              observer.count("contract.things", Long.MAX_VALUE);
              observer.measure("contract.wait.nanos", 0);
              observer.measure("contract.wait.nanos", Long.MAX_VALUE);
              observer.measure("contract.wait.nanos", Long.MIN_VALUE);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void calls_whenFromManyThreads_areBorne() {
    Observer observer = create();
    assertThatCode(
            () ->
                IntStream.range(0, 1000)
                    .parallel()
                    .forEach(
                        i -> {
                          observer.event(event(i, Severity.DEBUG, "/" + i));
                          observer.count("contract." + i % 10, 1);
                          observer.measure("contract." + i % 10 + ".nanos", i);
                        }))
        .doesNotThrowAnyException();
  }
}
