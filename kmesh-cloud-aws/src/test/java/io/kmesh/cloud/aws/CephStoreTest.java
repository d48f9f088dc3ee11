// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.testkit.contract.KnownFaults;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract on the object gateway of Ceph 16.2 (Debian 12), an older server of one's own: {@code
 * bash test.sh --profile ceph}.
 */
@Tag("ceph")
class CephStoreTest extends S3ServerContract {
  @RegisterExtension
  static final ServerBucket BUCKET =
      new ServerBucket("ceph", "none", "versions,storage-class,archive-restore");

  CephStoreTest() {
    super(BUCKET);
  }

  @Override
  protected Set<String> refusedKeys() {
    return Set.of("nul\u0000byte");
  }

  @Override
  public Map<String, String> knownFaults() {
    String ignored = "it ignores conditions on what completes, copies and deletes";
    String refused = "it refuses a put that is to replace the present ETag";
    String parts = "it completes with all parts or fails, and tells no ETag of what it completed";
    String gone = "an upload that is gone is one whose completion goes on";
    return Map.ofEntries(
        Map.entry(
            "complete_whenManyCompleteForOneNewKey_exactlyOneWins",
            KnownFaults.SOMETIMES + ignored),
        Map.entry("complete_whenConditionFails_keepsTheUploadAndTheObject", ignored),
        Map.entry("copy_whenConditionsAreGiven_keepsThem", ignored),
        Map.entry("delete_whenEtagIsAsked_deletesThatOneOnly", ignored),
        Map.entry("put_whenEtagIsAsked_replacesThatOneOnly", refused),
        Map.entry("put_whenManyReplaceOneEtag_exactlyOneWins", refused),
        Map.entry("complete_whenPartsCameInAnyOrder_joinsThemByNumber", parts),
        Map.entry("complete_whenOnlySomePartsAreNamed_hasThese", parts),
        Map.entry("abort_whenUploading_dropsTheParts", gone),
        Map.entry("anyUploadCall_whenIdIsForeign_touchesNothing", gone));
  }
}
