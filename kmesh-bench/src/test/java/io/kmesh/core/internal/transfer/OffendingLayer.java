// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.core.internal.tiering.OffendingTiering;

/** A transfer that sees a layer above it. */
public final class OffendingLayer {
  private final OffendingTiering tiering = new OffendingTiering();

  @Override
  public String toString() {
    return tiering.getClass().getName();
  }
}
