// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** An action as a copytool hands it to a back end, with a hostile payload. Not thread-safe. */
final class ContractAction implements ArchiveAction, RestoreAction, RemoveAction {
  /** Small, so that a file has several pieces. */
  private static final int PIECE = 64 << 10;

  private final Fid fid;
  private final ArchiveFile file;
  private final long dataVersion;
  private long copied;
  private long cancelAfter = Long.MAX_VALUE;

  ContractAction(Fid fid, ArchiveFile file, long dataVersion) {
    this.fid = fid;
    this.file = file;
    this.dataVersion = dataVersion;
  }

  /** The action is cancelled when so many bytes were copied. */
  ContractAction cancelAfter(long bytes) {
    cancelAfter = bytes;
    return this;
  }

  long bytesCopied() {
    return copied;
  }

  @Override
  public Fid fid() {
    return fid;
  }

  @Override
  public ArchiveId archiveId() {
    return ArchiveId.of(1);
  }

  @Override
  public List<PathBytes> paths() {
    return List.of(PathBytes.of("contract/file-" + fid.oid()));
  }

  @Override
  public byte[] payload() {
    return "../../etc/passwd\0\n".getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void checkCancelled() throws IOException {
    if (copied >= cancelAfter) {
      throw new ProviderException(Errno.ECANCELED, "Cannot go on with " + fid + ": cancelled.");
    }
  }

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
    return file.stat();
  }

  @Override
  public long dataVersion() {
    return dataVersion;
  }

  @Override
  public void copied(long bytes) throws IOException {
    copied += bytes;
    checkCancelled();
  }

  @Override
  public ContentDigest transferTo(OutputStream target) throws IOException {
    MessageDigest digest = sha256();
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    long offset = 0;
    int n;
    while ((n = file.read(piece.clear(), offset)) >= 0) {
      digest.update(piece.array(), 0, n);
      target.write(piece.array(), 0, n);
      offset += n;
      copied(n);
    }
    return new ContentDigest(offset, new Sha256(digest.digest()));
  }

  @Override
  public ContentDigest transferFrom(InputStream source) throws IOException {
    MessageDigest digest = sha256();
    byte[] piece = new byte[PIECE];
    long offset = 0;
    int n;
    while ((n = source.read(piece)) >= 0) {
      digest.update(piece, 0, n);
      file.write(ByteBuffer.wrap(piece, 0, n), offset);
      offset += n;
      copied(n);
    }
    file.truncate(offset);
    return new ContentDigest(offset, new Sha256(digest.digest()));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
