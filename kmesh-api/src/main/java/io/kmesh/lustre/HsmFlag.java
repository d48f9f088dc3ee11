// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/** A flag of the HSM state of a file; they combine. Source: {@code enum hsm_states}. */
public enum HsmFlag {
  /** A copy exists in the archive, perhaps a partial one. */
  EXISTS(0x1),
  /** The file changed since it was archived. */
  DIRTY(0x2),
  /** The data are in the archive only. */
  RELEASED(0x4),
  /** The archive holds a whole copy of some version. */
  ARCHIVED(0x8),
  /** May not be released. */
  NORELEASE(0x10),
  /** May not be archived. */
  NOARCHIVE(0x20),
  /** The copy in the archive is lost. */
  LOST(0x40),
  /** Cached for reading and writing by a client (PCC-RW). */
  PCCRW(0x80),
  /** Cached read-only by a client (PCC-RO). */
  PCCRO(0x100);

  private final int bit;

  HsmFlag(int bit) {
    this.bit = bit;
  }

  /** The bit in {@code hus_states}. */
  public int bit() {
    return bit;
  }
}
