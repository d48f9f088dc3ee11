// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.key;

import java.io.Closeable;
import java.io.IOException;

/** Keeps key-encryption keys. Thread-safe. */
public interface KeyProvider extends Closeable {
  /** A name for people, without secrets. */
  String description();

  /**
   * Seals a data key together with associated data.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when the key does not exist
   */
  WrappedKey wrap(KeyReference reference, SecretBytes dataKey, byte[] associatedData)
      throws IOException;

  /**
   * Opens a sealed data key.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when the key or its version does not exist
   *     (any more), CORRUPT when the sealed bytes or the associated data are not those that were
   *     sealed
   */
  SecretBytes unwrap(WrappedKey wrapped, byte[] associatedData) throws IOException;

  @Override
  void close() throws IOException;
}
