// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.store.StoreLimits;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;

/** Stores that copy little at once, as S3 copies 5 GiB of objects that may have 5 TiB. */
public final class SmallCopies {
  /** The bytes that such a store copies at once. */
  public static final int COPY = 50 << 10;

  private SmallCopies() {}

  /** Begins such a store. */
  public static MemoryStore.Builder builder() {
    return MemoryStore.builder()
        .limits(
            new StoreLimits(
                DataSize.ofMib(1),
                DataSize.ofBytes(1),
                10_000,
                DataSize.ofMib(4),
                DataSize.ofBytes(COPY),
                1024,
                DataSize.ofKib(8),
                1000,
                1000));
  }
}
