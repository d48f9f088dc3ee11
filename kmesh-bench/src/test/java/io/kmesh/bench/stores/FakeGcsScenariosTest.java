// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.cloud.gcp.GcsCredentials;
import io.kmesh.cloud.gcp.GcsStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.gcs.FakeGcs;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The scenarios on the fake of Google Cloud Storage. */
class FakeGcsScenariosTest extends CloudStoreScenarios {
  private static FakeGcs gcs;
  private static ObjectStore bucket;

  @BeforeAll
  static void connect() throws IOException {
    gcs = FakeGcs.start();
    gcs.bucket("bucket");
    bucket =
        GcsStore.builder("bucket")
            .endpoint(gcs.endpoint())
            .credentials(GcsCredentials.token(FakeGcs.TOKEN))
            .build();
  }

  @AfterAll
  static void disconnect() throws IOException {
    bucket.close();
    gcs.close();
  }

  @Override
  ObjectStore bucket() {
    return bucket;
  }
}
