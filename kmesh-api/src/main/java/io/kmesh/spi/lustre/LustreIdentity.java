// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.EntryName;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** FIDs, names and opening by FID. */
public interface LustreIdentity {
  /** The file system's name, such as {@code lustre}. */
  String fileSystemName();

  /** The indices of the MDTs. */
  List<Integer> mdts() throws IOException;

  /** The FID of what is at a path; a symbolic link itself, not its target. */
  Fid fid(PathBytes path) throws IOException;

  /** The FID of an open file or directory of this binding's tree. */
  Fid fid(PosixInode open) throws IOException;

  /**
   * The FID of an entry of an open directory, whatever the directory is called meanwhile: what a
   * scan asks for each file, so that no path is walked. Of a symbolic link it is its own. Restores
   * nothing. ENOENT when there is no such entry; EBUSY when the directory is renamed so often that
   * what can't be opened is not found.
   */
  default Fid fid(PosixDirectory directory, PathBytes name) throws IOException {
    return EntryFid.of(this, directory, name);
  }

  /** All paths of an object (hard links); ENOENT when it is gone. */
  List<PathBytes> paths(Fid fid) throws IOException;

  /**
   * The directories that an object is in, and its names there; what its paths are made of.
   *
   * @throws io.kmesh.spi.ProviderException ENOENT when it is gone
   */
  default List<EntryName> parents(Fid fid) throws IOException {
    List<EntryName> found = new ArrayList<>();
    for (PathBytes path : paths(fid)) {
      if (!path.isEmpty()) {
        found.add(new EntryName(fid(path.parent()), path.name()));
      }
    }
    return found;
  }

  /** The stat of an object by its FID, without opening it; restores nothing. */
  FileStat stat(Fid fid) throws IOException;

  /**
   * Opens a regular file by its FID. READ, WRITE, TRUNCATE and NO_ACCESS_TIME are allowed. Opening
   * restores nothing; reading or writing a released file does, and blocks.
   */
  PosixFile open(Fid fid, Set<OpenFlag> flags) throws IOException;

  /** The project id of an object; 0 when it has none. */
  long project(Fid fid) throws IOException;

  /** Gives an object a project id (needs privilege for others' files). */
  void changeProject(Fid fid, long project) throws IOException;

  /** The MDT that holds an object's inode. */
  int mdt(Fid fid) throws IOException;
}
