// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios on S3Proxy 4.1.0, which checks signatures, over a file system in memory. */
@Tag("servers")
class S3ProxyScenariosTest extends CloudStoreScenarios {
  @TempDir private static Path folder;
  private static ObjectStore bucket;

  @BeforeAll
  static void connect() throws IOException {
    bucket = TestServers.s3proxy(folder);
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
  public Map<String, String> knownFaults() {
    String fault =
        "with the first object below it a directory is there, and can't be created any more under"
            + " a condition";
    return Map.of(
        "flowToAPrefix_bringsATree_andAStormOfChanges", fault,
        "flowFromAPrefix_bringsWhatOthersStore_andAStormOfChanges", fault,
        "mirror_ofATree_comesBackWhole_andSendsNothingTwice", fault,
        "exportInTheWordsOfOthers_isRewrittenInOthers_withoutTheBytes", fault,
        "translation_bringsATreeIntoTheWordsOfOthers_besideAndInPlace", fault);
  }
}
