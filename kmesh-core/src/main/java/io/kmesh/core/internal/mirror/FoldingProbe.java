// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.Set;

/**
 * Asks a directory whether it takes names for one that differ in case or in Unicode's form, with a
 * file of a name that Kmesh never gives to others (it begins as {@code AsideName}'s do).
 */
final class FoldingProbe {
  private static final String BEGIN = ".kmesh-copy.names";

  private FoldingProbe() {}

  /** Whether it does; false too where no file can be made, since nothing can be imported there. */
  static boolean folds(PosixDirectory directory) throws IOException {
    try {
      return finds(directory, BEGIN, ".kmesh-copy.NAMES")
          || finds(directory, BEGIN + "-\u00e9", BEGIN + "-e\u0301");
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
      return false;
    }
  }

  private static boolean finds(PosixDirectory directory, String made, String asked)
      throws IOException {
    FileStat before = directory.stat();
    PathBytes name = PathBytes.of(made);
    directory.openFile(name, Set.of(OpenFlag.WRITE, OpenFlag.CREATE)).close();
    try {
      return directory.find(PathBytes.of(asked)).isPresent();
    } finally {
      directory.unlink(name);
      putTimesBack(directory, before);
    }
  }

  private static void putTimesBack(PosixDirectory directory, FileStat before) throws IOException {
    try {
      directory.setTimes(before.atime(), before.mtime());
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.DENIED && e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      // Somebody else's directory, into which we may write: its time tells that.
    }
  }
}
