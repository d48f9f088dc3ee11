// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** An open file of a {@link VolumeTree}. Thread-safe. */
final class VolumeFile extends VolumeInode implements PosixFile {
  private final Volume.Bytes bytes;

  /**
   * A file.
   *
   * @param bytes closed with it
   */
  VolumeFile(VolumeTree tree, Volume.Node node, PathBytes path, Volume.Bytes bytes) {
    super(tree, node, path);
    this.bytes = bytes;
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    node();
    if (!target.hasRemaining()) {
      return 0;
    }
    try {
      int count = bytes.read(offset, target, true);
      return count == 0 ? -1 : count;
    } catch (IOException e) {
      throw VolumeTree.failed("read", path(), e);
    }
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    node();
    return bytes.nextData(offset);
  }

  @Override
  public long nextHole(long offset) throws IOException {
    node();
    return bytes.nextHole(offset);
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    throw tree().refused("write " + path());
  }

  @Override
  public void truncate(long size) throws IOException {
    throw tree().refused("truncate " + path());
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) throws IOException {
    throw tree().refused("allocate space of " + path());
  }

  @Override
  public void close() throws IOException {
    super.close();
    bytes.close();
  }
}
