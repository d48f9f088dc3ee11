// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;

/** What the open files and directories of the simulated file system say of themselves. */
interface SimHandle {
  /** The file system they belong to. */
  Core core();

  /** The inode. */
  Fid fid();
}
