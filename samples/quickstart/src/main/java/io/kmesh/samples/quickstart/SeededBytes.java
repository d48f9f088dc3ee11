// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

/** The verifier's seeded bytes: xorshift64*, little-endian. Pieces are multiples of 8 but the last. */
final class SeededBytes {
  private long x;

  SeededBytes(long seed) {
    this.x = seed ^ 0x9E3779B97F4A7C15L;
  }

  byte[] next(int length) {
    byte[] out = new byte[length];
    for (int i = 0; i < length; i += 8) {
      x ^= x >>> 12;
      x ^= x << 25;
      x ^= x >>> 27;
      long v = x * 0x2545F4914F6CDD1DL;
      for (int b = 0; b < 8 && i + b < length; b++) {
        out[i + b] = (byte) (v >>> (8 * b));
      }
    }
    return out;
  }
}
