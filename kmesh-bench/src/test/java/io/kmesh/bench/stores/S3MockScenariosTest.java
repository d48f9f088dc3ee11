// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreCapability;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The scenarios on S3Mock 5.2.0. */
@Tag("servers")
class S3MockScenariosTest extends CloudStoreScenarios {
  @RegisterExtension static final OpenBucket BUCKET = new OpenBucket(TestServers::s3mock);

  @Override
  ObjectStore bucket() {
    return BUCKET.store();
  }

  /** A copy onto itself keeps the time in its lists, so that nobody could see new attributes. */
  @Override
  ObjectStore exporting(ObjectStore store) {
    return new WithoutCopy(store);
  }

  private static final class WithoutCopy extends ForwardingObjectStore {
    private final ObjectStore store;

    WithoutCopy(ObjectStore store) {
      this.store = store;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public Set<StoreCapability> capabilities() {
      Set<StoreCapability> all = EnumSet.copyOf(store.capabilities());
      all.remove(StoreCapability.COPY);
      return all;
    }
  }
}
