// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.path.PathBytes;
import java.util.Optional;

/** Layouts of one file system. Thread-safe. */
public interface Layouts {
  /** The layout of a file. */
  Layout of(PathBytes path);

  /** Creates an empty file with a layout. */
  Fid create(PathBytes path, Layout layout);

  /** The default that a directory gives to new files; empty when it has none of its own. */
  Optional<Layout> directoryDefault(PathBytes directory);

  /** Gives a directory a default layout. */
  void changeDirectoryDefault(PathBytes directory, Layout layout);

  /** Moves a file's data to another layout, under a lease and with its data version checked. */
  void migrate(PathBytes path, Layout layout);

  /**
   * Exchanges the data and layouts of two files of one MDT, under a lease on the first: nothing is
   * exchanged when somebody writes to it. Names, owners, modes, times and attributes stay. A file
   * that is archived is dirty then, and its receipt holds no more.
   */
  void swap(PathBytes first, PathBytes second);
}
