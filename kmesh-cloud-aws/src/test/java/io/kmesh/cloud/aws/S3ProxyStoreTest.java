// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.testkit.contract.KnownFaults;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The contract on S3Proxy 4.1.0, which checks signatures and keeps no checksums, over a file system
 * in memory.
 */
@Tag("servers")
class S3ProxyStoreTest extends S3ServerContract {
  @RegisterExtension
  static final ServerBucket BUCKET =
      new ServerBucket("s3proxy", "none", "utf8-key-order,versions,storage-class,archive-restore");

  S3ProxyStoreTest() {
    super(BUCKET);
  }

  @Override
  public Map<String, String> knownFaults() {
    return Map.ofEntries(
        Map.entry(
            "list_whenUtf8Order_isInIt", "a key is a file there, and can't be a directory too"),
        Map.entry(
            "put_whenKeyIsWeird_isKeptExactlyOrRefused",
            "a key is a file there, and can't be a directory too"),
        Map.entry(
            "listLevel_showsObjectsAndWhatHasMoreBelow_eachOnce_onPagesOfAnySize",
            "a key is a file there, and can't be a directory too"),
        Map.entry(
            "calls_whenRandom_behaveAsAMap", "a key is a file there, and can't be a directory too"),
        Map.entry(
            "list_whenPrefixIsGiven_givesItsKeysOnly",
            "a key is a file there, and can't be a directory too"),
        Map.entry(
            "delete_whenOneOfManyIsNamed_leavesTheOthers",
            "a key is a file there, and can't be a directory too"),
        Map.entry(
            "put_whenKeyIsPrefixOfAnother_bothExist",
            "a key is a file there, and can't be a directory too"),
        Map.entry(
            "list_whenAfterAKey_givesWhatIsBehindIt",
            "a key is a file there, and can't be a directory too"),
        Map.entry(
            "complete_whenPartsCameInAnyOrder_joinsThemByNumber",
            "it lists no parts for an upload that is gone, in place of an error"),
        Map.entry(
            "copyPart_whenUploadIsGone_failsWithItsKey",
            "it copies parts to uploads that are gone"),
        Map.entry(
            "abort_whenUploading_dropsTheParts",
            "it lists no parts for an upload that is gone, in place of an error"),
        Map.entry(
            "anyUploadCall_whenIdIsForeign_touchesNothing",
            "it lists no parts for an upload that is gone, in place of an error"),
        Map.entry(
            "put_whenManyReplaceOneEtag_exactlyOneWins",
            KnownFaults.SOMETIMES + "it compares and writes in two steps"),
        Map.entry(
            "put_whenManyCreateOneKey_exactlyOneWins",
            KnownFaults.SOMETIMES + "it compares and writes in two steps"),
        Map.entry(
            "complete_whenManyCompleteForOneNewKey_exactlyOneWins",
            KnownFaults.SOMETIMES + "it compares and writes in two steps"),
        Map.entry(
            "copy_whenConditionsAreGiven_keepsThem",
            "it ignores conditions on the target of a copy"));
  }
}
