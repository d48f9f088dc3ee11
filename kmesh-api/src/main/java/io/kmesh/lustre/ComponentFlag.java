// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.Optional;
import java.util.StringJoiner;

/**
 * Flags of a layout's component, in the order and with the names that {@code lfs} prints. Source:
 * {@code enum lov_comp_md_entry_flags}.
 */
public enum ComponentFlag {
  /** Its objects exist. */
  INIT(0x10, "init"),
  /** Its mirror is behind the others. */
  STALE(0x1, "stale"),
  /** Preferred for reading and writing. */
  PREFER(0x6, "prefer"),
  /** Preferred for reading. */
  PREFER_READ(0x2, "prefrd"),
  /** Preferred for writing. */
  PREFER_WRITE(0x4, "prefwr"),
  /** Not to be used now. */
  OFFLINE(0x8, "offline"),
  /** Not resynced; see {@link FileComponent#time()}. */
  NOSYNC(0x20, "nosync"),
  /** The component before it extends itself into its range. */
  EXTENSION(0x40, "extension"),
  /** Parity of erasure coding. */
  PARITY(0x80, "parity"),
  /** Data are compressed. */
  COMPRESS(0x100, "compress"),
  /** Some of the data are compressed. */
  PARTIAL(0x200, "partial"),
  /** Not to be compressed. */
  NOCOMPR(0x400, "nocompr");

  private final int bits;
  private final String text;

  ComponentFlag(int bits, String text) {
    this.bits = bits;
    this.text = text;
  }

  /** The bits in {@code lcme_flags}: two for {@link #PREFER}, else one. */
  public int bits() {
    return bits;
  }

  /** The name that {@code lfs} prints and takes. */
  public String text() {
    return text;
  }

  /** The flag of a name. */
  public static Optional<ComponentFlag> of(String text) {
    for (ComponentFlag flag : values()) {
      if (flag.text.equals(text)) {
        return Optional.of(flag);
      }
    }
    return Optional.empty();
  }

  /** Flags as {@code lfs} prints them: {@code init,stale}; unknown bits as a number behind them. */
  public static String print(int flags) {
    StringJoiner text = new StringJoiner(",");
    int left = flags;
    for (ComponentFlag flag : values()) {
      if ((left & flag.bits) == flag.bits) {
        text.add(flag.text);
        left &= ~flag.bits;
      }
    }
    if (left != 0) {
      text.add("0x" + Integer.toHexString(left));
    }
    return flags == 0 ? "0" : text.toString();
  }
}
