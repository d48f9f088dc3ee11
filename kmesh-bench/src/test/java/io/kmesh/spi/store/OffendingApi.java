// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.core.internal.repository.OffendingRepository;

/** An API that sees the engine. */
public final class OffendingApi {
  private final OffendingRepository repository = new OffendingRepository();

  @Override
  public String toString() {
    return repository.getClass().getName();
  }
}
