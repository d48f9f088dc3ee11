// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.spi.store.ObjectStore;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** rclone and Kmesh on Azurite 3.37.0. */
@Tag("servers")
class AzuriteRcloneTest extends RcloneScenarios {
  @RegisterExtension
  static final OpenBucket BUCKET = new OpenBucket(folder -> TestServers.azurite());

  @Override
  ObjectStore bucket() {
    return BUCKET.store();
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
