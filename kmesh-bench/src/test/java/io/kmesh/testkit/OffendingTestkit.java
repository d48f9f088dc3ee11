// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit;

import io.kmesh.engine.OffendingEngine;

/** A test kit that sees the engine. */
public final class OffendingTestkit {
  private final OffendingEngine engine = new OffendingEngine();

  @Override
  public String toString() {
    return engine.toString();
  }
}
