// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** An open directory that several threads use; the last one closes it. Thread-safe. */
final class HeldDirectory implements AutoCloseable {
  private final PosixDirectory directory;
  private final AtomicInteger users = new AtomicInteger(1);

  HeldDirectory(PosixDirectory directory) {
    this.directory = directory;
  }

  PosixDirectory open() {
    return directory;
  }

  /** One more user, who closes it too. */
  HeldDirectory enter() {
    users.incrementAndGet();
    return this;
  }

  @Override
  public void close() throws IOException {
    if (users.decrementAndGet() == 0) {
      directory.close();
    }
  }
}
