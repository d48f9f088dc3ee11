// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.compress.ZstdPacker;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;

/**
 * Compresses messages that shrink by it. Of long ones two samples are tried first, so that what
 * does not shrink costs little at any level. For one thread at a time.
 */
final class MessagePacker implements AutoCloseable {
  private static final int SHORTEST = 128;
  private static final int SAMPLE = 8 << 10;
  private static final int SAMPLED = 8 * SAMPLE;

  private final int level;
  private final ZstdPacker zstd;
  private byte[] scratch = new byte[0];

  MessagePacker(int level) throws ProviderException {
    this.level = level;
    this.zstd = new ZstdPacker();
  }

  Outgoing.Body pack(byte[] message) throws ProviderException {
    Outgoing.Body plain = new Outgoing.Body(message, true, false);
    if (message.length < SHORTEST || (message.length >= SAMPLED && !shrinks(message))) {
      return plain;
    }
    int length = packed(message, 0, message.length);
    return isWorth(length, message.length)
        ? new Outgoing.Body(Arrays.copyOf(scratch, length), true, true)
        : plain;
  }

  private boolean shrinks(byte[] message) throws ProviderException {
    int third = message.length / 3;
    return isWorth(packed(message, third, SAMPLE), SAMPLE)
        || isWorth(packed(message, 2 * third, SAMPLE), SAMPLE);
  }

  private static boolean isWorth(int length, int before) {
    return length < before - before / 32;
  }

  private int packed(byte[] message, int offset, int length) throws ProviderException {
    int bound = ZstdPacker.bound(length);
    if (scratch.length < bound) {
      scratch = new byte[bound];
    }
    return zstd.pack(level, message, offset, length, scratch, 0);
  }

  @Override
  public void close() {
    zstd.close();
  }
}
