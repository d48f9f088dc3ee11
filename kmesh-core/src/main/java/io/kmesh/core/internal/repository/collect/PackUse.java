// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.index.PackFrames;

/** How much of a pack is used. */
final class PackUse {
  private final PackFrames pack;
  private long live;
  private long chunks;

  PackUse(PackFrames pack) {
    this.pack = pack;
  }

  void count(boolean isLive) {
    chunks++;
    if (isLive) {
      live++;
    }
  }

  PackFrames pack() {
    return pack;
  }

  boolean isDead() {
    return live == 0;
  }

  /** The share of its chunks that is used, 0 to 1. */
  double share() {
    return chunks == 0 ? 0 : (double) live / chunks;
  }

  /** About how many bytes are not used. */
  long waste() {
    return (long) (pack.size() * (1 - share()));
  }
}
