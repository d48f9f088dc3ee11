// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.lustre.jna.OffendingBinding;

/** An engine that sees a native module. */
public final class OffendingCore {
  private final OffendingBinding binding = new OffendingBinding();

  @Override
  public String toString() {
    return binding.toString();
  }
}
