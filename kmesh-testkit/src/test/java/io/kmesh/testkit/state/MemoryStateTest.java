// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.state;

import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.contract.StateStoreContract;
import org.jspecify.annotations.Nullable;

final class MemoryStateTest extends StateStoreContract {
  private @Nullable MemoryState state;

  @Override
  protected StateStore open(KmeshTime time) {
    state = state == null ? MemoryState.create(time) : state.reopen();
    return state;
  }
}
