// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import io.kmesh.Kmesh;
import io.kmesh.spi.engine.KmeshConfiguration;
import io.kmesh.spi.engine.KmeshEngine;

/** The engine that {@link Kmesh} finds. */
public final class CoreEngine implements KmeshEngine {
  /** For the service loader. */
  public CoreEngine() {}

  @Override
  public Kmesh open(KmeshConfiguration configuration) {
    return OpenKmesh.open(configuration);
  }
}
