// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ObjectStore;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The scenarios on the object gateway of Ceph 16.2, with the conditions off that it ignores. */
@Tag("ceph")
class CephScenariosTest extends CloudStoreScenarios {
  @RegisterExtension
  static final OpenBucket BUCKET =
      new OpenBucket(
          folder ->
              TestServers.s3(
                  "ceph",
                  folder,
                  "none",
                  "conditional-create,conditional-replace,conditional-delete,"
                      + "versions,storage-class,archive-restore"));

  @Override
  ObjectStore bucket() {
    return BUCKET.store();
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
