// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.gcp.GcsCredentials;
import io.kmesh.cloud.gcp.GcsStore;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.testkit.gcs.FakeGcs;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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

  @Test
  void translationInPlace_leavesObjectsInTheirClass() throws IOException {
    StorageClass cold = new StorageClass("COLDLINE");
    Map<String, String> metadata = Map.of("file-owner", "5");
    BlockingObjectStore calls = bucket.blocking();
    PutOptions options = new PutOptions(Condition.none(), metadata, null).withStorageClass(cold);
    calls.put("classes/file", ByteBuffer.wrap(new byte[5]), options);
    calls.put("classes/d/", ByteBuffer.allocate(0), options);
    calls.put(
        "classes/link",
        ByteBuffer.allocate(0),
        options.withMetadata(Map.of("gcsfuse_symlink_target", "away")));
    assertThat(
            MirrorTranslation.of(bucket, "classes/", RunningTime.instance())
                .run(MirrorDialect.AMLFS)
                .failed())
        .isEmpty();
    for (String key : List.of("classes/file", "classes/d", "classes/link")) {
      ObjectInfo info = calls.head(key);
      assertThat(info.storage().orElseThrow().storageClass()).isEqualTo(cold);
      assertThat(info.metadata()).containsKey("permissions");
    }
  }
}
