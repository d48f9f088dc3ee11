// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.time;

import java.time.Instant;
import java.time.InstantSource;

/** The machine's clock: the only place of this module that reads it. */
public enum SystemClock implements InstantSource {
  /** The only one. */
  INSTANCE;

  @Override
  public Instant instant() {
    return Instant.now();
  }
}
