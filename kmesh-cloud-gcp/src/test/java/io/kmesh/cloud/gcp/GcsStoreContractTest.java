// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.contract.ObjectStoreContract;
import io.kmesh.testkit.gcs.FakeGcs;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

class GcsStoreContractTest {
  private static FakeGcs gcs;

  @BeforeAll
  static void start() throws IOException {
    gcs = FakeGcs.start();
  }

  @AfterAll
  static void stop() {
    gcs.close();
  }

  private static ObjectStore connect() {
    return GcsStore.builder("bucket")
        .endpoint(gcs.endpoint())
        .credentials(GcsCredentials.token(FakeGcs.TOKEN))
        .build();
  }

  @Nested
  class Contract extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
      gcs.bucket("bucket");
      return connect();
    }

    @Override
    protected Optional<ObjectStore> reopen() {
      return Optional.of(connect());
    }

    @Override
    protected Set<String> refusedKeys() {
      return Set.of(".", "..", "new\nline");
    }
  }

  @Nested
  class OfAVersionedBucket extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
      gcs.versionedBucket("bucket");
      return connect();
    }

    @Override
    protected String prefix() {
      return "some/where/";
    }

    @Override
    protected Set<String> refusedKeys() {
      return Set.of("new\nline");
    }
  }
}
