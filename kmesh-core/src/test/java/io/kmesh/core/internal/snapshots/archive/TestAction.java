// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** An action on an open file, as a copytool has it. */
record TestAction(Fid fid, PosixFile file, long dataVersion)
    implements ArchiveAction, RestoreAction, RemoveAction {
  @Override
  public PosixFile source() {
    return file;
  }

  @Override
  public PosixFile target() {
    return file;
  }

  @Override
  public FileStat stat() {
    try {
      return file.stat();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public ArchiveId archiveId() {
    return ArchiveId.of(1);
  }

  @Override
  public List<PathBytes> paths() {
    return List.of(PathBytes.of("d/file-" + fid.oid()));
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
    throw new AssertionError("The archive reads the file itself.");
  }

  @Override
  public ContentDigest transferFrom(InputStream source) {
    throw new AssertionError("The archive writes the file itself.");
  }
}
