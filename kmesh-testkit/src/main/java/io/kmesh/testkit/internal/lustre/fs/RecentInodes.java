// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The inodes that were used last, as their slots hold them: one call on a file reads its inode
 * several times. At most {@value #PLACES}, with at most {@value #MOST_BYTES} bytes of names and
 * attributes each, however many files there are. Thread-safe; who puts or forgets an inode holds
 * its stripe.
 */
final class RecentInodes {
  private static final int PLACES = 2048;
  private static final int MOST_BYTES = InodeCodec.INLINE_BYTES;

  private final AtomicReferenceArray<@Nullable Inode> places = new AtomicReferenceArray<>(PLACES);

  /** A copy of the inode; null when it is not known here. */
  @Nullable Inode find(Fid fid) {
    Inode known = places.get(place(fid));
    return known != null && known.fid.equals(fid) ? known.copy() : null;
  }

  /** Remembers what was stored. */
  void put(Inode inode) {
    byte[] vars = inode.encodedVars;
    if (vars != null && vars.length > MOST_BYTES) {
      forget(inode.fid);
      return;
    }
    places.set(place(inode.fid), inode.copy());
  }

  /** Forgets what is about to change. */
  void forget(Fid fid) {
    int place = place(fid);
    Inode known = places.get(place);
    if (known != null && known.fid.equals(fid)) {
      places.compareAndSet(place, known, null);
    }
  }

  private static int place(Fid fid) {
    long mixed = (fid.sequence() * 31 + fid.oid()) * 0x9e3779b97f4a7c15L;
    return (int) (mixed >>> 32) & (PLACES - 1);
  }
}
