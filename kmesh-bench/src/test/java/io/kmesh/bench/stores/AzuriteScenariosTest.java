// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The scenarios on Azurite 3.37.0. */
@Tag("servers")
class AzuriteScenariosTest extends CloudStoreScenarios {
  private static ObjectStore bucket;

  @BeforeAll
  static void connect() throws IOException {
    bucket = TestServers.azurite();
  }

  @AfterAll
  static void disconnect() throws IOException {
    bucket.close();
  }

  @Override
  ObjectStore bucket() {
    return bucket;
  }
}
