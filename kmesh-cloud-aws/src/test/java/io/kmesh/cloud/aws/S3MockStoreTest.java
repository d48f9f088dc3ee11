// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.testkit.contract.KnownFaults;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on S3Mock 5.2.0, with every checksum. */
@Tag("servers")
class S3MockStoreTest extends S3ServerContract {
  @RegisterExtension
  static final ServerBucket BUCKET =
      new ServerBucket(
          "s3mock", "when-supported", "utf8-key-order,versions,storage-class,archive-restore");

  S3MockStoreTest() {
    super(BUCKET);
  }

  @Override
  protected Set<String> refusedKeys() {
    return Set.of("../../../../etc/passwd", "a\\b", "nul\u0000byte");
  }

  @Override
  public Map<String, String> knownFaults() {
    return Map.ofEntries(
        Map.entry(
            "copyPart_whenUploadIsGone_failsWithItsKey",
            "it fails with an internal error for an upload that is gone"),
        Map.entry(
            "copyPart_whenRangeIsBehindTheEnd_isInvalid",
            "it copies what there is of a range that ends behind its source's end"),
        Map.entry(
            "put_whenManyCreateOneKey_exactlyOneWins",
            KnownFaults.SOMETIMES + "it compares and writes in two steps"),
        Map.entry(
            "put_whenManyReplaceOneEtag_exactlyOneWins",
            KnownFaults.SOMETIMES + "it compares and writes in two steps"),
        Map.entry(
            "complete_whenManyCompleteForOneNewKey_exactlyOneWins",
            KnownFaults.SOMETIMES + "it compares and writes in two steps"),
        Map.entry(
            "listLevel_showsObjectsAndWhatHasMoreBelow_eachOnce_onPagesOfAnySize",
            "with a delimiter it gives one page only"),
        Map.entry(
            "copy_whenConditionsAreGiven_keepsThem",
            "it ignores conditions on the target of a copy"),
        Map.entry(
            "anyUploadCall_whenIdIsForeign_touchesNothing", "it takes an upload's id for any key"),
        Map.entry("put_whenMetadataIsGiven_isKept", "it drops metadata with an empty value"));
  }
}
