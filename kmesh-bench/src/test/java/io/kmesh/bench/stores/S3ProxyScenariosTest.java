// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ObjectStore;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The scenarios on S3Proxy 4.1.0, which checks signatures, over a file system in memory. */
@Tag("servers")
class S3ProxyScenariosTest extends CloudStoreScenarios {
  @RegisterExtension static final OpenBucket BUCKET = new OpenBucket(TestServers::s3proxy);

  @Override
  ObjectStore bucket() {
    return BUCKET.store();
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
