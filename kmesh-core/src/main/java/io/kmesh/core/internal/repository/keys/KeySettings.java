// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.transfer.Retrier;

/**
 * How keys are stored.
 *
 * @param retrier runs the store's calls again
 * @param cost of new wrappings by passphrase
 */
public record KeySettings(Retrier retrier, Argon2id.Cost cost) {
  /** With the cost that wrappings ordinarily have. */
  public KeySettings(Retrier retrier) {
    this(retrier, Argon2id.Cost.DEFAULT);
  }
}
