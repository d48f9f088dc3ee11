// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import java.util.Arrays;
import java.util.Random;

/** Damages stored bytes as disks and people do. */
final class Damage {
  private Damage() {}

  static byte[] of(byte[] good, Random random) {
    byte[] bad = good.clone();
    switch (random.nextInt(5)) {
      case 0 -> bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      case 1 -> bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      case 3 -> random.nextBytes(bad);
      default -> {
        int from = random.nextInt(bad.length);
        int to = random.nextInt(bad.length);
        System.arraycopy(good, from, bad, to, good.length - Math.max(from, to));
      }
    }
    return bad;
  }
}
