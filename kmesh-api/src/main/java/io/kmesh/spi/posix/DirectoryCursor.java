// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The entries of one directory in batches, in the file system's order, so that a directory of ten
 * million names costs no more memory than one of ten. One thread at a time.
 */
public interface DirectoryCursor extends Closeable {
  /**
   * The next entries; an empty list at the end. At most a few thousand at once.
   *
   * @throws IOException when the directory can't be read
   */
  List<DirectoryEntry> next() throws IOException;

  @Override
  void close();
}
