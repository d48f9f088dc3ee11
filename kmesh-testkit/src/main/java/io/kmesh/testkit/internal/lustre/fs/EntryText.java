// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import org.jspecify.annotations.Nullable;

/**
 * What a name of the simulated file system holds in the backing directory: the target of a dangling
 * symbolic link, {@code [0x200000401:0x5:0x0]f}, FID and a letter for the type.
 *
 * @param fid the inode
 * @param type its type, which never changes
 */
record EntryText(Fid fid, FileType type) {
  private static final String LETTERS = "fdlpscb";
  private static final FileType[] TYPES = {
    FileType.REGULAR,
    FileType.DIRECTORY,
    FileType.SYMLINK,
    FileType.FIFO,
    FileType.SOCKET,
    FileType.CHARACTER_DEVICE,
    FileType.BLOCK_DEVICE
  };

  /** The link's target. */
  PathBytes toTarget() {
    int letter = 0;
    while (TYPES[letter] != type) {
      letter++;
    }
    return PathBytes.of(fid.toString() + LETTERS.charAt(letter));
  }

  /** Reads a link's target; null when it is none of ours. Faster than {@link Fid#parse}. */
  static @Nullable EntryText parse(PathBytes target) {
    int n = target.length();
    if (n < 14 || n > 64 || target.at(0) != '[' || target.at(n - 2) != ']') {
      return null;
    }
    int letter = LETTERS.indexOf(target.at(n - 1));
    if (letter < 0) {
      return null;
    }
    long[] parts = new long[3];
    int part = 0;
    int digits = -2;
    for (int i = 1; i < n - 2; i++) {
      byte b = target.at(i);
      if (b == ':') {
        if (digits < 1 || ++part > 2) {
          return null;
        }
        digits = -2;
      } else if (digits < 0) {
        if (b != (digits == -2 ? '0' : 'x')) {
          return null;
        }
        digits++;
      } else {
        int digit = Character.digit(b, 16);
        if (digit < 0 || ++digits > (part == 0 ? 16 : 8)) {
          return null;
        }
        parts[part] = parts[part] << 4 | digit;
      }
    }
    return part == 2 && digits >= 1
        ? new EntryText(new Fid(parts[0], (int) parts[1], (int) parts[2]), TYPES[letter])
        : null;
  }
}
