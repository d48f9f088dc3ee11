// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Draws numbers that are never drawn again. Thread-safe. */
public final class RandomIds {
  private static final SecureRandom RANDOM = new SecureRandom();

  private RandomIds() {}

  /** The number of a session: 24 hexadecimal digits. */
  public static String session() {
    return draw(12);
  }

  /**
   * The number of a session that takes a snapshot: its first digits are the snapshot's, by which
   * the sessions of earlier tries are known.
   *
   * @param snapshot 16 hexadecimal digits
   */
  public static String session(String snapshot) {
    return snapshot + draw(4);
  }

  /** The number of an attempt: 32 hexadecimal digits. */
  public static String attempt() {
    return draw(16);
  }

  /** The number of a snapshot: 16 hexadecimal digits. */
  public static String snapshot() {
    return draw(8);
  }

  private static String draw(int bytes) {
    byte[] drawn = new byte[bytes];
    RANDOM.nextBytes(drawn);
    return HexFormat.of().formatHex(drawn);
  }
}
