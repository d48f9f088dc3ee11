// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.objects;

import java.io.IOException;

/** Seals small objects: docs/format/repository.md, "Boxes". Thread-safe. */
public interface Sealer {
  /** The kind of a head. */
  int HEAD = 2;

  /** The kind of an index run. */
  int RUN = 3;

  /** Seals the content of an object. */
  byte[] seal(int kind, String key, byte[] content) throws IOException;

  /**
   * Opens an object.
   *
   * @throws io.kmesh.spi.ProviderException CORRUPT when it is not what was sealed under this key
   */
  byte[] open(int kind, String key, byte[] sealed) throws IOException;
}
