// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class WakeUpTest {
  private static final Duration LONG = Duration.ofMinutes(4);

  private static boolean wait(WakeUp wakeUp, int fd, Duration timeout) throws Exception {
    wakeUp.begin(timeout);
    return wakeUp.await(fd);
  }

  @Test
  void await_whenTimeIsOver_saysNothingCame() throws Exception {
    int quiet = Calls.eventfd();
    try (WakeUp wakeUp = new WakeUp()) {
      assertThat(wait(wakeUp, quiet, Duration.ZERO)).isFalse();
      assertThat(wait(wakeUp, quiet, Duration.ofMillis(5))).isFalse();
    } finally {
      Calls.close(quiet);
    }
  }

  @Test
  void await_whenReadable_saysSo() throws Exception {
    int readable = Calls.eventfd();
    try (WakeUp wakeUp = new WakeUp();
        NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().putLong(0, 1);
      assertThat(Calls.write(readable, buffer.address(), 8)).isEqualTo(8);
      assertThat(wait(wakeUp, readable, LONG)).isTrue();
    } finally {
      Calls.close(readable);
    }
  }

  @Test
  void wake_whenNobodyWaits_endsTheNextWaitAndNoOther() throws Exception {
    int quiet = Calls.eventfd();
    try (WakeUp wakeUp = new WakeUp()) {
      wakeUp.wake();
      wakeUp.wake();
      assertThat(wait(wakeUp, quiet, LONG)).isFalse();
      assertThat(wait(wakeUp, quiet, Duration.ZERO)).isFalse();
    } finally {
      Calls.close(quiet);
    }
  }

  @Test
  void wake_whenAnotherThreadWaits_endsItsWait() throws Exception {
    int quiet = Calls.eventfd();
    try (WakeUp wakeUp = new WakeUp()) {
      CountDownLatch begun = new CountDownLatch(1);
      Thread waking =
          new Thread(
              () -> {
                try {
                  begun.await();
                } catch (InterruptedException e) {
                  return;
                }
                wakeUp.wake();
              });
      waking.start();
      begun.countDown();
      assertThat(wait(wakeUp, quiet, LONG)).isFalse();
      waking.join();
    } finally {
      Calls.close(quiet);
    }
  }
}
