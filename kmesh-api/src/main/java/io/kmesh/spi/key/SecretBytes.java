// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.key;

import java.util.Arrays;

/** Secret bytes: never printed, wiped by {@link #close}. Thread-safe. */
public final class SecretBytes implements AutoCloseable {
  private final byte[] bytes;
  private boolean isClosed;

  private SecretBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Secret bytes of a copy; the caller wipes his own. */
  public static SecretBytes copyOf(byte[] bytes) {
    return new SecretBytes(bytes.clone());
  }

  /**
   * A copy of the bytes, which the caller wipes.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public synchronized byte[] reveal() {
    if (isClosed) {
      throw new IllegalStateException("Cannot use a secret that was wiped. Fetch it again.");
    }
    return bytes.clone();
  }

  /** Wipes the bytes. */
  @Override
  public synchronized void close() {
    Arrays.fill(bytes, (byte) 0);
    isClosed = true;
  }

  @Override
  public String toString() {
    return "SecretBytes(****)";
  }
}
