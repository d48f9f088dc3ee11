// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.tiering.OffendingTiering;

/** A door that opens to a layer above it. */
public final class OffendingDoor {
  private final OffendingTiering tiering = new OffendingTiering();

  @Override
  public String toString() {
    return tiering.getClass().getName();
  }
}
