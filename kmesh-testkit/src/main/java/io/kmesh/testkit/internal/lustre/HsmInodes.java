// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator and the copytools need of the simulated file system. Thread-safe.
 *
 * <p>Every call on a FID of which no inode is left fails with ENOENT. No call waits for a restore,
 * and none calls {@link RestoreOnAccess} while it holds a lock of the file system, but for {@link
 * RestoreOnAccess#onLastUnlink}, from {@link #dropVolatile} never.
 */
public interface HsmInodes {
  /** An atomic change of attributes; runs under the inode's lock: short, without other calls. */
  @FunctionalInterface
  interface Change {
    /**
     * The new attributes; the same instance for no change.
     *
     * @throws IOException to refuse: nothing is changed then
     */
    HsmAttributes apply(HsmAttributes before) throws IOException;
  }

  /** Whether the inode is there, named or still open. */
  boolean exists(Fid fid) throws IOException;

  /** The inode's stat. */
  FileStat stat(Fid fid) throws IOException;

  /** Whether it is a regular file. */
  boolean isRegular(Fid fid) throws IOException;

  /** The index of the MDT that holds the inode (alive or not: the FID's sequence says it). */
  int mdt(Fid fid) throws IOException;

  /** The indices of all MDTs. */
  List<Integer> mdts();

  /** The FID of an open file or directory of this file system; EINVAL for one of another. */
  Fid fid(PosixInode open) throws IOException;

  /** All paths of the inode, empty when it has no name left. */
  List<PathBytes> paths(Fid fid) throws IOException;

  /** The HSM attributes of an inode. */
  HsmAttributes attributes(Fid fid) throws IOException;

  /**
   * Changes HSM attributes atomically and durably as all else of the file system.
   *
   * @param record the changelog record to write with it, when it was not refused; null for none
   * @return the attributes after the change
   */
  HsmAttributes update(Fid fid, Change change, @Nullable HsmRecord record) throws IOException;

  /** The data version: 0 for a released file. */
  long dataVersion(Fid fid) throws IOException;

  /**
   * Makes a volatile file: a regular file without a name, on the MDT of {@code of}, with the
   * default layout of its parent directory and its owner. It lives until {@link #dropVolatile},
   * {@link #swapRestored} or the next opening of the file system.
   */
  Fid createVolatile(Fid of) throws IOException;

  /**
   * Opens a regular file beside all HSM rules: a write sets no DIRTY, a read of a released file
   * sees size 0, nothing restores.
   *
   * @param flags READ, WRITE, TRUNCATE
   */
  PosixFile openInternal(Fid fid, Set<OpenFlag> flags) throws IOException;

  /**
   * Ends a restore atomically: content, layout and data version of the volatile file become the
   * file's; RELEASED and DIRTY are cleared, the archived version becomes the new data version; the
   * file's size (of its new content), owner, mode and times stay as on Lustre. The volatile file is
   * gone then. Writes the records that a real layout swap writes (HSM 0x0 and 0x180), then {@code
   * record}.
   *
   * @throws IOException EINVAL when the file is not released any more
   */
  void swapRestored(Fid file, Fid volatileFid, @Nullable HsmRecord record) throws IOException;

  /** Frees a volatile file; one that is gone already is ignored. */
  void dropVolatile(Fid volatileFid) throws IOException;

  /**
   * Drops the data of an archived file. A released one is left as it is.
   *
   * @throws IOException EPERM when it is not ARCHIVED, is DIRTY, NORELEASE or LOST, or its data
   *     version is not the archived one; EBUSY while it is open for writing
   */
  void release(Fid fid) throws IOException;

  /**
   * Makes a released stub: EXISTS, ARCHIVED, RELEASED, plain layout.
   *
   * @throws IOException EEXIST, ENOENT (parent), EINVAL (unknown pool), EPERM (not privileged)
   */
  Fid importStub(PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout)
      throws IOException;

  /** The same in an open directory. */
  Fid importStub(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException;

  /** Who calls, as the builder says or the process is: the user's number. */
  long callerUid();

  /** An own directory for the coordinator's files, on the host's file system. It exists. */
  Path coordinatorDirectory();
}
