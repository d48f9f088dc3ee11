// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import io.kmesh.core.internal.transfer.OffendingCore;

/** A copytool that reaches past the engine's door. */
public final class OffendingCopytool {
  private final OffendingCore core = new OffendingCore();

  @Override
  public String toString() {
    return core.toString();
  }
}
