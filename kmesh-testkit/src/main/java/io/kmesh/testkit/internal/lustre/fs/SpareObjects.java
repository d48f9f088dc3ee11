// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Emptied object files that wait to be used again: a stack, {@code spare/0} to {@code spare/(n-1)}.
 * A release of many files and their restore would remove as many files of the host and make them
 * anew within minutes, and ext4 looks at every inode that was freed lately before it gives one: 200
 * to 500 microseconds a file, where a rename takes 20. Each change is one rename, so that a killed
 * process leaves a stack. Thread-safe.
 */
final class SpareObjects implements Closeable {
  /** More than these are removed: what a file system keeps of its largest moment is bounded. */
  static final long MOST = 1 << 18;

  private static final PathBytes FOLDER = PathBytes.of("spare");

  private final PosixTree host;
  private @Nullable PosixDirectory opened;
  private long count;

  SpareObjects(PosixTree host) {
    this.host = host;
  }

  /** Takes in an empty object file; false when there are enough. */
  synchronized boolean put(PosixDirectory from, PathBytes name) throws IOException {
    PosixDirectory folder = folder();
    if (count >= MOST) {
      return false;
    }
    from.rename(name, folder, nameOf(count), RenameMode.REPLACE);
    count++;
    return true;
  }

  /** Gives one away under a name; false when there is none. */
  synchronized boolean take(PosixDirectory to, PathBytes name) throws IOException {
    PosixDirectory folder = folder();
    if (count == 0) {
      return false;
    }
    try {
      folder.rename(nameOf(count - 1), to, name, RenameMode.REPLACE);
    } catch (ProviderException e) {
      // Somebody cleaned the folder up.
      Backing.ignore(e, Errno.ENOENT);
      count = 0;
      return false;
    }
    count--;
    return true;
  }

  private PosixDirectory folder() throws IOException {
    PosixDirectory known = opened;
    if (known != null) {
      return known;
    }
    try (PosixDirectory root = host.openRoot()) {
      Backing.makeUnlessThere(root, FOLDER);
    }
    PosixDirectory folder = host.openDirectory(FOLDER);
    count = height(folder);
    opened = folder;
    return folder;
  }

  /** The number of files, by names that are there and names that are not. */
  private static long height(PosixDirectory folder) throws IOException {
    long above = 1;
    while (above <= MOST && isThere(folder, above - 1)) {
      above *= 2;
    }
    long low = above / 2;
    long high = Math.min(above, MOST);
    while (low < high) {
      long middle = (low + high) / 2;
      if (isThere(folder, middle)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean isThere(PosixDirectory folder, long number) throws IOException {
    return folder.find(nameOf(number)).isPresent();
  }

  private static PathBytes nameOf(long number) {
    return PathBytes.of(Long.toString(number));
  }

  @Override
  public synchronized void close() throws IOException {
    PosixDirectory folder = opened;
    opened = null;
    if (folder != null) {
      folder.close();
    }
  }
}
