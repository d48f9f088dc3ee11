// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The number of streams, on paths that answer to it in several ways. */
class StreamTunerTest {
  private static final int PERIODS = 400;

  /** The mean number of streams in the second half. */
  private static double settled(StreamTuner tuner, IntToDoubleFunction path) {
    SplittableRandom noise = new SplittableRandom(1);
    double sum = 0;
    for (int i = 0; i < PERIODS; i++) {
      int n = tuner.target();
      assertThat(n).isBetween(1, 32);
      tuner.measured(n, path.applyAsDouble(n) * noise.nextDouble(0.99, 1.01), true);
      sum += i >= PERIODS / 2 ? n : 0;
    }
    return sum / (PERIODS / 2);
  }

  @Test
  void lossyPath_growsToWhatTheLinkCarries() {
    assertThat(settled(new StreamTuner(2, 32), n -> Math.min(10e6 * n, 80e6))).isBetween(7., 10.);
  }

  @Test
  void lossyPath_stopsAtTheLimit() {
    assertThat(settled(new StreamTuner(2, 8), n -> 10e6 * n)).isBetween(7., 8.);
  }

  @Test
  void oneStreamIsEnough_staysSmall() {
    assertThat(settled(new StreamTuner(2, 32), n -> 100e6)).isLessThan(2.5);
  }

  @Test
  void moreHarms_staysSmall() {
    assertThat(settled(new StreamTuner(2, 32), n -> 100e6 / n)).isLessThan(2.);
  }

  @Test
  void pathGetsBetter_growsAgain() {
    StreamTuner tuner = new StreamTuner(2, 16);
    settled(tuner, n -> 50e6);
    assertThat(settled(tuner, n -> 50e6 * n)).isGreaterThan(12);
  }

  @Test
  void nothingToSend_orStreamsMissing_changesNothing() {
    StreamTuner tuner = new StreamTuner(2, 8);
    for (int i = 0; i < 100; i++) {
      tuner.measured(2, 1e6 * i, false);
      tuner.measured(1, 1e6 * i, true);
      assertThat(tuner.target()).isEqualTo(2);
    }
  }
}
