// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;

/**
 * An open directory: its FID and the backing directory that holds its names.
 *
 * @param fid the directory
 * @param host the open backing directory
 * @param shownPath the path by which it was opened, for messages
 */
record DirectoryRef(Fid fid, PosixDirectory host, PathBytes shownPath) {
  /** An entry's path, for messages. */
  PathBytes at(PathBytes name) {
    return shownPath.resolve(name);
  }
}
