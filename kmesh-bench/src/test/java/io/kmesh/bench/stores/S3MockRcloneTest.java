// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.spi.store.ObjectStore;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** rclone and Kmesh on S3Mock 5.2.0. */
@Tag("servers")
class S3MockRcloneTest extends RcloneScenarios {
  @RegisterExtension static final OpenBucket BUCKET = new OpenBucket(TestServers::s3mock);

  @Override
  ObjectStore bucket() {
    return BUCKET.store();
  }

  @Override
  Map<String, String> remote() {
    return TestServers.rcloneS3("s3mock");
  }

  @Override
  Detail kept() {
    return Detail.FILES;
  }
}
