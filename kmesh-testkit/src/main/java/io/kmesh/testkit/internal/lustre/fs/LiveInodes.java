// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ConcurrentHashMap;

/** The inodes in use; none stays longer than its users. Thread-safe. */
final class LiveInodes {
  private final ConcurrentHashMap<Fid, LiveInode> live = new ConcurrentHashMap<>();

  /** The live inode; {@link #release} follows. */
  LiveInode acquire(Fid fid) {
    LiveInode found =
        live.compute(
            fid,
            (f, known) -> {
              LiveInode one = known == null ? new LiveInode(f) : known;
              one.users++;
              return one;
            });
    if (found == null) {
      throw new IllegalStateException("A live inode was not made: " + fid);
    }
    return found;
  }

  /** Gives one back; the last user closes the object. */
  void release(LiveInode one) throws IOException {
    try {
      live.computeIfPresent(
          one.fid,
          (f, known) -> {
            if (--known.users > 0) {
              return known;
            }
            try {
              known.closeObject();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return null;
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The number of inodes in use. */
  int size() {
    return live.size();
  }
}
