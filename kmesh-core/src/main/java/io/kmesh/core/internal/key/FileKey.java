// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.key;

import io.kmesh.spi.key.SecretBytes;
import java.time.Instant;

/**
 * One version of a key-encryption key.
 *
 * @param name the key's name
 * @param version 1 for its first
 * @param created when it was made
 * @param secret its 32 bytes
 */
record FileKey(String name, int version, Instant created, SecretBytes secret) {
  /** The bytes of a key. */
  static final int SIZE = 32;
}
