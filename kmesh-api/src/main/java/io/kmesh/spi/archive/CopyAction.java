// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;

/** What all actions share. */
public interface CopyAction {
  /** The file. */
  Fid fid();

  /** The archive that was asked. */
  ArchiveId archiveId();

  /** The paths of the file now (hard links), relative to the mount; empty when it is gone. */
  List<PathBytes> paths() throws IOException;

  /** The requester's bytes: untrusted. */
  byte[] payload();

  /**
   * Throws with {@link io.kmesh.spi.ErrorKind#CANCELLED} when the action was cancelled: call it
   * between pieces of work. The copytool's own streams do.
   */
  void checkCancelled() throws IOException;
}
