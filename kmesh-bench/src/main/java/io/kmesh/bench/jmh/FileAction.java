// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * What a copytool hands to an archive, on a file of any tree.
 *
 * @param file the open file, to read from or to write to
 * @param fid its identity
 * @param stat its stat
 * @param dataVersion its data version
 * @param path its one path
 */
record FileAction(PosixFile file, Fid fid, FileStat stat, long dataVersion, PathBytes path)
    implements ArchiveAction, RestoreAction {
  @Override
  public PosixFile source() {
    return file;
  }

  @Override
  public PosixFile target() {
    return file;
  }

  @Override
  public ArchiveId archiveId() {
    return ArchiveId.of(1);
  }

  @Override
  public List<PathBytes> paths() {
    return List.of(path);
  }

  @Override
  public byte[] payload() {
    return new byte[0];
  }

  @Override
  public void checkCancelled() {}

  @Override
  public void copied(long bytes) {}

  @Override
  public ContentDigest transferTo(OutputStream target) {
    throw new IllegalStateException("The mirror reads the file itself.");
  }

  @Override
  public ContentDigest transferFrom(InputStream source) {
    throw new IllegalStateException("The mirror writes the file itself.");
  }
}
