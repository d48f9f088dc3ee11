// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;

/**
 * Which FID is which slot of which inode table. Each MDT owns a range of sequences as on Lustre; a
 * sequence holds 0x1ffff objects, so that the slot follows from the FID alone and no FID is used
 * twice.
 */
final class Fids {
  /** The root directory, as on every Lustre. It is slot 0 of the first MDT. */
  static final Fid ROOT = new Fid(0x200000007L, 1, 0);

  private static final long FIRST_SEQUENCE = 0x200000401L;
  private static final long SEQUENCES_PER_MDT = 0x40000000L;
  private static final long OBJECTS_PER_SEQUENCE = 0x1ffffL;

  /** The most MDTs that a simulated file system has. */
  static final int MAX_MDTS = 16;

  private Fids() {}

  /** The FID of a slot. */
  static Fid of(int mdt, long slot) {
    if (slot == 0) {
      if (mdt != 0) {
        throw new IllegalArgumentException("Slot 0 of MDT " + mdt + " has no FID.");
      }
      return ROOT;
    }
    long index = slot - 1;
    return new Fid(
        FIRST_SEQUENCE + mdt * SEQUENCES_PER_MDT + index / OBJECTS_PER_SEQUENCE,
        (int) (index % OBJECTS_PER_SEQUENCE) + 1,
        0);
  }

  /** Whether a FID can be one of a file system with so many MDTs. */
  static boolean isPossible(Fid fid, int mdts) {
    if (fid.equals(ROOT)) {
      return true;
    }
    long relative = fid.sequence() - FIRST_SEQUENCE;
    return relative >= 0
        && relative / SEQUENCES_PER_MDT < mdts
        && fid.oid() >= 1
        && fid.oid() <= OBJECTS_PER_SEQUENCE
        && fid.version() == 0;
  }

  /** The MDT of a possible FID. */
  static int mdt(Fid fid) {
    return fid.equals(ROOT) ? 0 : (int) ((fid.sequence() - FIRST_SEQUENCE) / SEQUENCES_PER_MDT);
  }

  /** The slot of a possible FID. */
  static long slot(Fid fid) {
    if (fid.equals(ROOT)) {
      return 0;
    }
    long sequence = (fid.sequence() - FIRST_SEQUENCE) % SEQUENCES_PER_MDT;
    return sequence * OBJECTS_PER_SEQUENCE + fid.oid();
  }

  /** The inode number that a client shows for a FID: {@code fid_flatten} of Lustre. */
  static long inodeNumber(Fid fid) {
    long high = fid.sequence();
    return (high << 24) + ((high >>> 24) & 0xffffff0000L) + (fid.oid() & 0xffffffffL);
  }
}
