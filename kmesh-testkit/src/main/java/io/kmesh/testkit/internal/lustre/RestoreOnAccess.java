// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre;

import io.kmesh.lustre.Fid;
import java.io.IOException;

/** What the simulated file system asks of the coordinator. Thread-safe. */
public interface RestoreOnAccess {
  /**
   * Brings the data of a released file back and waits until they are there. Called without any lock
   * of the file system. A file that is not released (any more) returns at once; the caller looks
   * again and may call again.
   *
   * @throws IOException ENODATA when the restore failed for good
   */
  void restoreAndWait(Fid fid) throws IOException;

  /**
   * Says that the last name and the last open handle of a file with EXISTS went away. Called before
   * the inode is freed, and again for the same FID when the process died in between.
   */
  void onLastUnlink(Fid fid, HsmAttributes attributes) throws IOException;
}
