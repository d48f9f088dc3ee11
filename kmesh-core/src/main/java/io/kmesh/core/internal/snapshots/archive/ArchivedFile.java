// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The file of an action while it is read from its start to its end: sums what is read, holes
 * included, tells the progress and looks for a cancel. For one thread.
 */
final class ArchivedFile implements PosixFile {
  private static final byte[] ZEROS = new byte[64 << 10];

  private final ArchiveAction action;
  private final PosixFile file;
  private final MessageDigest digest;
  private long summed;

  ArchivedFile(ArchiveAction action) {
    this.action = action;
    this.file = action.source();
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  /** The SHA-256 of all bytes up to a size. */
  Sha256 end(long size) {
    zeros(size);
    return new Sha256(digest.digest());
  }

  private void zeros(long end) {
    while (summed < end) {
      int count = (int) Math.min(ZEROS.length, end - summed);
      digest.update(ZEROS, 0, count);
      summed += count;
    }
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    int from = target.position();
    int count = file.read(target, offset);
    if (count > 0) {
      zeros(offset);
      ByteBuffer bytes = target.duplicate();
      bytes.position(from).limit(from + count);
      digest.update(bytes);
      summed += count;
      action.copied(count);
      action.checkCancelled();
    }
    return count;
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    return file.nextData(offset);
  }

  @Override
  public long nextHole(long offset) throws IOException {
    return file.nextHole(offset);
  }

  @Override
  public FileStat stat() throws IOException {
    return file.stat();
  }

  @Override
  public List<PathBytes> xattrNames() throws IOException {
    return file.xattrNames();
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) throws IOException {
    return file.xattr(name);
  }

  @Override
  public void write(ByteBuffer source, long offset) {
    throw readOnly();
  }

  @Override
  public void truncate(long size) {
    throw readOnly();
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) {
    throw readOnly();
  }

  @Override
  public void setMode(int mode) {
    throw readOnly();
  }

  @Override
  public void setOwner(long uid, long gid) {
    throw readOnly();
  }

  @Override
  public void setTimes(FileTime atime, FileTime mtime) {
    throw readOnly();
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) {
    throw readOnly();
  }

  @Override
  public void removeXattr(PathBytes name) {
    throw readOnly();
  }

  @Override
  public void sync(SyncMode mode) {
    throw readOnly();
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException("A file that is archived is read only.");
  }

  /** It is the copytool's to close. */
  @Override
  public void close() {}
}
