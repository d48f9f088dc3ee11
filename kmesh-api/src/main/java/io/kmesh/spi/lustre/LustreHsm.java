// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.Set;

/** The client side of HSM. Nothing here restores a file except a RESTORE request. */
public interface LustreHsm {
  /** The state of a file. */
  HsmState state(Fid fid) throws IOException;

  /** The state of an open file. */
  HsmState state(PosixInode open) throws IOException;

  /**
   * The state of a regular file in an open directory: what a scan asks for each file, so that no
   * path is walked. Restores nothing. ENOENT when there is no such entry, ELOOP for a symbolic
   * link.
   */
  default HsmState state(PosixDirectory directory, PathBytes name) throws IOException {
    try (PosixFile file =
        directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      return state(file);
    }
  }

  /**
   * Sets and clears flags. NORELEASE, NOARCHIVE and DIRTY need write permission, the others
   * privilege (EPERM). Illegal combinations are EINVAL.
   *
   * @param archiveId the archive to record; {@link ArchiveId#ANY} leaves it. A non-zero one is only
   *     kept together with EXISTS: a change that the server would silently drop is refused here
   */
  void changeState(Fid fid, Set<HsmFlag> set, Set<HsmFlag> clear, ArchiveId archiveId)
      throws IOException;

  /** What a copytool is doing to the file. */
  CurrentAction currentAction(Fid fid) throws IOException;

  /**
   * Hands a request to the coordinator, or releases at once for RELEASE. Returning proves nothing
   * about the outcome. EAGAIN: the coordinator is off; EPERM: not allowed for the caller or for the
   * file's state (items before it are queued already, and those of other MDTs may be); ENODATA for
   * a RESTORE: all is queued, and the policy NonBlockingRestore lets nobody wait.
   */
  void request(HsmRequest request) throws IOException;

  /**
   * The data version of a file: changes with every change of its data, never with one of its
   * attributes only. 0 for a released file. Flushes what this client has not written yet.
   */
  long dataVersion(Fid fid) throws IOException;

  /** The data version of an open file. */
  long dataVersion(PosixInode open) throws IOException;

  /**
   * Makes a released stub at a path that does not exist: EXISTS, ARCHIVED and RELEASED.
   *
   * @return the FID of the new file, under which the archive must hold the data
   */
  Fid importStub(PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout)
      throws IOException;

  /**
   * The same in an open directory of this binding's tree, so that no path is walked which somebody
   * may change meanwhile.
   *
   * @throws ProviderException UNSUPPORTED, unless overridden
   */
  default Fid importStub(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot import "
            + name
            + " into an open directory: this binding imports by path only. Restore the file's"
            + " content instead.");
  }
}
