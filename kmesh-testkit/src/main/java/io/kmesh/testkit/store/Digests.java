// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.store;

import io.kmesh.spi.store.Sha256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of bytes in memory. */
final class Digests {
  private Digests() {}

  static Sha256 sha256(byte[] bytes) {
    try {
      return new Sha256(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256.", e);
    }
  }
}
