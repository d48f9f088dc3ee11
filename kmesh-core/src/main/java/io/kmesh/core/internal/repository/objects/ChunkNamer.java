// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.objects;

import io.kmesh.core.internal.crypto.HmacSha256;
import io.kmesh.core.internal.repository.bytes.ChunkName;

/** Computes the names of chunks: algorithm 1 of docs/format/repository.md. For one thread. */
public final class ChunkNamer {
  private final HmacSha256 hmac;
  private final byte[] digest = new byte[HmacSha256.BYTES];

  /** Names under a domain's key. */
  public ChunkNamer(byte[] key) {
    hmac = new HmacSha256(key);
  }

  /** The name of a chunk. */
  public ChunkName name(byte[] bytes, int offset, int length) {
    hmac.compute(bytes, offset, length, digest);
    return ChunkName.of(digest);
  }
}
