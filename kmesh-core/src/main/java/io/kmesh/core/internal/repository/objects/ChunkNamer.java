// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.objects;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Computes the names of chunks: algorithm 1 of docs/format/repository.md. For one thread. */
public final class ChunkNamer {
  private static final int PIECE = 8 << 10;

  private final Mac mac;
  private final byte[] digest;

  /** Names under a domain's key. */
  public ChunkNamer(byte[] key) {
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      digest = new byte[mac.getMacLength()];
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HmacSHA256, but not this one.", e);
    }
  }

  /** The name of a chunk. */
  public ChunkName name(byte[] bytes, int offset, int length) {
    // In pieces: the call is compiled sooner, and with it the processor's own instructions are
    // used.
    int end = offset + length;
    for (int at = offset; at < end; at += PIECE) {
      mac.update(bytes, at, Math.min(PIECE, end - at));
    }
    try {
      mac.doFinal(digest, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("A digest had no room.", e);
    }
    return ChunkName.of(digest);
  }
}
