// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.EngineTime;
import io.kmesh.spi.time.KmeshTime;

/**
 * How keys are stored.
 *
 * @param retrier runs the store's calls again
 * @param cost of new wrappings by passphrase
 * @param time for waiting where the store needs a lease
 */
public record KeySettings(Retrier retrier, Argon2id.Cost cost, KmeshTime time) {
  /** On the system's clock. */
  public KeySettings(Retrier retrier, Argon2id.Cost cost) {
    this(retrier, cost, EngineTime.system());
  }

  /** With the cost that wrappings ordinarily have. */
  public KeySettings(Retrier retrier) {
    this(retrier, Argon2id.Cost.DEFAULT);
  }
}
