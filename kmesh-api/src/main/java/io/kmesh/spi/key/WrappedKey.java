// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.key;

import java.util.Arrays;
import java.util.Objects;

/**
 * A data key sealed by a key-encryption key.
 *
 * @param reference the key that sealed it
 * @param keyVersion the version of that key
 * @param sealed the sealed bytes, in the keeper's own form
 */
public record WrappedKey(KeyReference reference, String keyVersion, byte[] sealed) {
  /** Copies the bytes. */
  public WrappedKey {
    sealed = sealed.clone();
  }

  /** A copy of the sealed bytes. */
  @Override
  public byte[] sealed() {
    return sealed.clone();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof WrappedKey w
        && w.reference.equals(reference)
        && w.keyVersion.equals(keyVersion)
        && Arrays.equals(w.sealed, sealed);
  }

  @Override
  public int hashCode() {
    return Objects.hash(reference, keyVersion, Arrays.hashCode(sealed));
  }
}
