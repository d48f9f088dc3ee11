// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ObjectStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The scenarios on Azurite 3.37.0. */
@Tag("servers")
class AzuriteScenariosTest extends CloudStoreScenarios {
  @RegisterExtension
  static final OpenBucket BUCKET = new OpenBucket(folder -> TestServers.azurite());

  @Override
  ObjectStore bucket() {
    return BUCKET.store();
  }
}
