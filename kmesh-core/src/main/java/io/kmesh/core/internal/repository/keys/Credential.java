// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import java.util.Arrays;

/** What opens a wrapping, and makes one. */
public sealed interface Credential {
  /** A passphrase. Thread-safe; whoever made it closes it. */
  final class Passphrase implements Credential, AutoCloseable {
    private final char[] text;
    private boolean isClosed; // guarded by this

    /** A passphrase of a copy; the caller wipes his own. */
    public Passphrase(char[] text) {
      this.text = text.clone();
    }

    /** A copy, which the caller wipes. */
    synchronized char[] reveal() {
      if (isClosed) {
        throw new IllegalStateException(
            "Cannot use a passphrase that was wiped. Ask for it again.");
      }
      return text.clone();
    }

    /** Wipes the passphrase. */
    @Override
    public synchronized void close() {
      Arrays.fill(text, '\0');
      isClosed = true;
    }

    @Override
    public String toString() {
      return "Passphrase(****)";
    }
  }

  /**
   * A key that never leaves its keeper.
   *
   * @param keys the keeper, which stays the caller's
   * @param reference the key that wraps; what others of the same keeper wrapped is opened too
   */
  record Provider(KeyProvider keys, KeyReference reference) implements Credential {
    @Override
    public String toString() {
      return "Provider(" + keys.description() + ", " + reference.name() + ")";
    }
  }
}
