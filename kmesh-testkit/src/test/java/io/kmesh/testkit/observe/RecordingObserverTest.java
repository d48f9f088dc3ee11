// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.observe.Observer;
import io.kmesh.testkit.contract.ObserverContract;
import org.junit.jupiter.api.Test;

final class RecordingObserverTest extends ObserverContract {
  @Override
  protected Observer create() {
    return new RecordingObserver();
  }

  @Test
  void count_sumsUp() {
    RecordingObserver observer = new RecordingObserver();
    observer.count("a", 2);
    observer.count("a", 3);

    assertThat(observer.count("a")).isEqualTo(5);
    assertThat(observer.count("b")).isZero();
  }
}
