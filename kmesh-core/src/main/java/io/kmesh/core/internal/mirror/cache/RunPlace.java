// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a cache is of.
 *
 * @param store its URI
 * @param prefix of the keys
 */
record RunPlace(String store, String prefix) {
  private static final int NAME = 16;

  /** As the first block of a run has it. */
  byte[] form() {
    byte[] uri = store.getBytes(StandardCharsets.UTF_8);
    byte[] start = prefix.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + uri.length + start.length)
        .putInt(uri.length)
        .put(uri)
        .putInt(start.length)
        .put(start)
        .array();
  }

  /** The name of its folder. */
  String folder() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(form());
      return HexFormat.of().formatHex(digest, 0, NAME);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
