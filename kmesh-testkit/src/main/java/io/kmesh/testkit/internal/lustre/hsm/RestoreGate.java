// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;

/**
 * The layout lock that the MDT holds while a restore is pending: readers wait on it. Thread-safe;
 * its monitor is a leaf.
 */
final class RestoreGate {
  private static final Duration LONG = Duration.ofMinutes(10);
  private boolean open;

  synchronized void open() {
    open = true;
    notifyAll();
  }

  /** Waits until it is open. Like Lustre it cannot be interrupted; the flag is kept. */
  void pass(KmeshTime time) {
    boolean interrupted = false;
    synchronized (this) {
      while (!open) {
        try {
          time.await(this, LONG);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
