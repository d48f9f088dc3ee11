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

/** The scenarios on the object gateway of Ceph 16.2, with the conditions off that it ignores. */
@Tag("ceph")
class CephScenariosTest extends CloudStoreScenarios {
  @TempDir private static Path folder;
  private static ObjectStore bucket;

  @BeforeAll
  static void connect() throws IOException {
    bucket =
        TestServers.s3(
            "ceph",
            folder,
            "none",
            "conditional-create,conditional-replace,conditional-delete,"
                + "versions,storage-class,archive-restore");
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
    String fault = "mirrors, flows and the copytool are refused on a store without conditions";
    return Map.of(
        "flowToAPrefix_bringsATree_andAStormOfChanges", fault,
        "flowFromAPrefix_bringsWhatOthersStore_andAStormOfChanges", fault,
        "mirror_ofATree_comesBackWhole_andSendsNothingTwice", fault,
        "exportInTheWordsOfOthers_isRewrittenInOthers_withoutTheBytes", fault,
        "translation_bringsATreeIntoTheWordsOfOthers_besideAndInPlace", fault,
        "copytool_archives_restores_removes", fault);
  }
}
