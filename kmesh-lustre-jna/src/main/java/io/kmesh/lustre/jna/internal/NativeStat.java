// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A {@code struct stat} for a function of this machine's libraries. Sizes and times lie alike on
 * all machines served here; what stands before them does not. Source: the kernel's {@code
 * asm/stat.h} of each architecture.
 */
public final class NativeStat {
  private static final int LINKS = 16;
  private static final int MODE = 24;
  private static final int OWNER = 28;
  private static final int SIZE = 48;

  private NativeStat() {}

  /** One that lies as on x86-64, as it must lie here. */
  public static byte[] of(byte[] x86) {
    return of(x86, NativeLibc.abi());
  }

  static byte[] of(byte[] x86, LinuxAbi abi) {
    ByteBuffer in = ByteBuffer.wrap(x86).order(ByteOrder.LITTLE_ENDIAN);
    byte[] bytes = x86.clone();
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = LINKS; i < SIZE; i++) {
      out.put(i, (byte) 0);
    }
    out.putInt(abi.statModeOffset(), in.getInt(MODE));
    out.putInt(abi.statLinksOffset(), in.getInt(LINKS));
    out.putLong(abi.statUidOffset(), in.getLong(OWNER));
    return bytes;
  }
}
