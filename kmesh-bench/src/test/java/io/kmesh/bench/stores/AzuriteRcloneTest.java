// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** rclone and Kmesh on Azurite 3.37.0. */
@Tag("servers")
class AzuriteRcloneTest extends RcloneScenarios {
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

  @Override
  Map<String, String> remote() {
    return TestServers.rcloneAzurite();
  }

  @Override
  Detail kept() {
    return Detail.TIMES;
  }
}
