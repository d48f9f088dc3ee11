// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.spi.store.Sha256;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an archive holds of a file.
 *
 * @param location where: a key or a name in the archive's own words
 * @param version the version or ETag of it; empty where there is none
 * @param size its bytes
 * @param sha256OrNull the SHA-256 of its bytes, compared with the store's
 */
public record ArchivedObject(
    String location, String version, long size, @Nullable Sha256 sha256OrNull) {
  /** The SHA-256 of its bytes. */
  public Optional<Sha256> sha256() {
    return Optional.ofNullable(sha256OrNull);
  }
}
