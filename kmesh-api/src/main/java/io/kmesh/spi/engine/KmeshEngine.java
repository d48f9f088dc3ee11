// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.engine;

import io.kmesh.Kmesh;

/** The engine behind {@link Kmesh}; found by {@link java.util.ServiceLoader}. */
public interface KmeshEngine {
  /** Opens a Kmesh. */
  Kmesh open(KmeshConfiguration configuration);
}
