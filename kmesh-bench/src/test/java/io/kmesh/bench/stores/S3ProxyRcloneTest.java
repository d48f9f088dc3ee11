// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** rclone and Kmesh on S3Proxy 4.1.0. */
@Tag("servers")
class S3ProxyRcloneTest extends RcloneScenarios {
  @TempDir private static Path shared;
  private static ObjectStore bucket;

  @BeforeAll
  static void connect() throws IOException {
    bucket = TestServers.s3proxy(shared);
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
    return TestServers.rcloneS3("s3proxy");
  }

  @Override
  Detail kept() {
    return Detail.FILES;
  }
}
