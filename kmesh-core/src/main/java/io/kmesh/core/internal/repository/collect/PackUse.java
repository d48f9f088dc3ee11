// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.index.PackFrames;

/** How much of a pack is used. */
final class PackUse {
  private final PackFrames pack;
  private long used;
  private long bytes;

  PackUse(PackFrames pack) {
    this.pack = pack;
  }

  /** Counts a frame: its bytes, and about how many of them are used. */
  void count(long frame, long usedOfIt) {
    bytes += frame;
    used += usedOfIt;
  }

  PackFrames pack() {
    return pack;
  }

  boolean isDead() {
    return used == 0;
  }

  /** The share of it that is used, 0 to 1. */
  double share() {
    return bytes == 0 ? 0 : (double) used / bytes;
  }
}
