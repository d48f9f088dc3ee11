// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.key;

import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.testkit.contract.KeyProviderContract;

final class MemoryKeysTest extends KeyProviderContract {
  private MemoryKeys keys = new MemoryKeys();

  @Override
  protected KeyProvider open() {
    keys = new MemoryKeys();
    return keys;
  }

  @Override
  protected KeyReference make(String name) {
    return keys.make(name);
  }

  @Override
  protected void rotate(KeyReference key) {
    keys.make(key.name());
  }
}
