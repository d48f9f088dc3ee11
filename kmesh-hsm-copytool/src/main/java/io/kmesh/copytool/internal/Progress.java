// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.Extent;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.RunningAction;
import java.io.IOException;
import java.util.Optional;

/** Tells the coordinator that an item is alive, and hears from it that the item is not wanted. */
final class Progress {
  private Progress() {}

  /** Reports copied bytes of a running action. */
  static void report(ActiveAction active, RunningAction running, Extent done) throws IOException {
    try {
      running.progress(done);
    } catch (ProviderException e) {
      if (!heard(active, e)) {
        throw e;
      }
      active.checkCancelled();
    }
  }

  /** Keeps an item alive, whether it has begun or not. */
  static void keepAlive(ActiveAction active, CopytoolSession session) throws IOException {
    try {
      session.keepAlive(active.item());
    } catch (ProviderException e) {
      if (!heard(active, e)) {
        throw e;
      }
    }
  }

  private static boolean heard(ActiveAction active, ProviderException e) {
    Optional<Errno> errno = e.errno();
    if (errno.filter(Errno.ECANCELED::equals).isPresent()) {
      active.cancel();
      return true;
    }
    if (errno.filter(Errno.ENOENT::equals).isPresent()) {
      active.lose();
      return true;
    }
    return false;
  }
}
