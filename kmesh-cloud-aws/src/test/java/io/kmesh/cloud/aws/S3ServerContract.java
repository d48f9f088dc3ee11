// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.contract.ObjectStoreContract;
import java.util.Optional;

/** The contract on a real server that speaks S3. */
abstract class S3ServerContract extends ObjectStoreContract {
  private final ServerBucket bucket;
  private final String prefix = TestBucket.prefix();

  /**
   * The contract on a server.
   *
   * @param bucket registered as an extension of the class
   */
  S3ServerContract(ServerBucket bucket) {
    this.bucket = bucket;
  }

  @Override
  protected final ObjectStore open() {
    return bucket.open();
  }

  @Override
  protected final Optional<ObjectStore> reopen() {
    return Optional.of(open());
  }

  @Override
  protected final String prefix() {
    return prefix;
  }

  @Override
  protected final boolean putsTellTheTime() {
    return false;
  }

  @Override
  protected final boolean listsLevels() {
    return true;
  }
}
