// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Durability;
import io.kmesh.Receipt;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.Sha256;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A receipt with the one who can ask whether it still holds. Immutable. */
record StoredReceipt(
    String cluster,
    PathBytes path,
    Fid fid,
    long dataVersion,
    long size,
    Durability durability,
    @Nullable String storeOrNull,
    @Nullable String keyOrNull,
    @Nullable String versionOrNull,
    @Nullable Sha256 sha256OrNull,
    Instant time,
    Check check)
    implements Receipt {
  /** Asks anew. */
  interface Check {
    boolean holds(StoredReceipt receipt);
  }

  @Override
  public Optional<String> store() {
    return Optional.ofNullable(storeOrNull);
  }

  @Override
  public Optional<String> key() {
    return Optional.ofNullable(keyOrNull);
  }

  @Override
  public Optional<String> version() {
    return Optional.ofNullable(versionOrNull);
  }

  @Override
  public Optional<Sha256> sha256() {
    return Optional.ofNullable(sha256OrNull);
  }

  @Override
  public boolean stillHolds() {
    return check.holds(this);
  }

  @Override
  public String toString() {
    return "Receipt["
        + cluster
        + ":"
        + path
        + " "
        + fid
        + " data version "
        + dataVersion
        + " "
        + durability
        + store().map(s -> " in " + s).orElse("")
        + key().map(k -> " as " + k).orElse("")
        + "]";
  }
}
