// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import io.kmesh.engine.OffendingEngine;

/** A native module that sees the engine. */
public final class OffendingBinding {
  private final OffendingEngine engine = new OffendingEngine();

  @Override
  public String toString() {
    return engine.toString();
  }
}
