// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import io.kmesh.core.internal.crypto.Hkdf;
import io.kmesh.core.internal.repository.chunk.GearChunker;
import java.nio.charset.StandardCharsets;

/**
 * What one flow cuts and names chunks by, at all its ends: docs/format/flow-messages.md. It is no
 * secret; names of different flows have nothing to do with each other. Immutable.
 */
public final class ChunkKeys {
  private static final int NAME_BYTES = 32;

  private final byte[] gear;
  private final byte[] names;

  private ChunkKeys(byte[] gear, byte[] names) {
    this.gear = gear;
    this.names = names;
  }

  /** Those of a flow, by its id. */
  public static ChunkKeys of(String flow) {
    byte[] key = Hkdf.extract(ascii("kmesh/0/flow-chunks"), flow.getBytes(StandardCharsets.UTF_8));
    return new ChunkKeys(
        Hkdf.expand(key, ascii("gear"), GearChunker.TABLE_BYTES),
        Hkdf.expand(key, ascii("name"), NAME_BYTES));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  byte[] gear() {
    return gear;
  }

  byte[] names() {
    return names;
  }
}
