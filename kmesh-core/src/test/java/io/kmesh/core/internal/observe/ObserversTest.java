// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.observe.Observer;
import io.kmesh.testkit.contract.ObserverContract;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.time.ManualTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ObserversTest extends ObserverContract {
  private final ManualTime time = ManualTime.create();

  @Override
  protected Observer create() {
    return new Observers(time, List.of(new RecordingObserver(), new LogObserver(), new Broken()));
  }

  private static final class Broken implements Observer {
    @Override
    public void event(KmeshEvent event) {
      throw new IllegalStateException("broken");
    }

    @Override
    public void count(String name, long delta) {
      throw new NoClassDefFoundError("broken");
    }

    @Override
    public void measure(String name, long value) {
      throw new AssertionError("broken");
    }
  }

  @Test
  void event_whenOneObserverThrows_reachesTheOthersInOrder() {
    RecordingObserver before = new RecordingObserver();
    RecordingObserver after = new RecordingObserver();
    Observers observers = new Observers(time, List.of(before, new Broken(), after));

    observers.event(Severity.INFO, "a.b", "subject", "One.", Map.of("z", "1", "a", "2"));
    observers.event(Severity.ERROR, "a.c", "subject", "Two.", Map.of());
    observers.count("c", 2);
    observers.measure("m.nanos", 3);

    assertThat(before.events()).isEqualTo(after.events()).hasSize(2);
    assertThat(after.events().get(1).sequence()).isEqualTo(after.events().get(0).sequence() + 1);
    assertThat(after.events().get(0).time()).isEqualTo(ManualTime.START);
    assertThat(after.count("c")).isEqualTo(2);
    assertThat(after.measures("m.nanos")).containsExactly(3L);
  }

  @Test
  void logText_whenANameHoldsControls_staysOneLine() {
    String text =
        LogObserver.text(
            new KmeshEvent(
                1,
                ManualTime.START,
                Severity.INFO,
                "a.b",
                "/x\n2026 ERROR forged",
                "Took \u001b[31m/x\r\u202e.",
                Map.of("path", "a\u2028b")));

    assertThat(text)
        .isEqualTo(
            "a.b [/x\\u000a2026 ERROR forged] Took \\u001b[31m/x\\u000d\\u202e. {path=a\\u2028b}");
  }
}
