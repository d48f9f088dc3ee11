// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.time.KmeshTime;

/** The clock that is used when none is given. */
public final class EngineTime {
  private EngineTime() {}

  /** The machine's own time. */
  public static KmeshTime system() {
    return SystemTime.INSTANCE;
  }
}
