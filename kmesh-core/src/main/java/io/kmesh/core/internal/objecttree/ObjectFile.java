// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An open file of an {@link ObjectTree}. Thread-safe. */
final class ObjectFile extends ObjectInode implements PosixFile {
  private @Nullable BodyReader reader; // guarded by the index

  ObjectFile(ObjectTree tree, long number, PathBytes path) throws IOException {
    super(tree, number, path);
  }

  /** What reads the bytes as they are now; null for a file of holes. With the index's monitor. */
  private @Nullable BodyReader reader(Inode inode) throws ProviderException {
    if (inode.body() instanceof Body.Spooled) {
      throw tree().refused("read what was written to " + shown());
    }
    if (!(inode.body() instanceof Body.InObject body)) {
      reader = null;
      return null;
    }
    BodyReader there = reader;
    if (there == null || !there.body().equals(body)) {
      there = new BodyReader(tree().objects(), body, shown());
      reader = there;
    }
    return there;
  }

  @Override
  public void close() throws IOException {
    super.close();
    synchronized (index()) {
      reader = null;
    }
  }

  private void requireOffset(long offset) throws ProviderException {
    if (offset < 0) {
      throw ObjectTree.error(
          Errno.EINVAL, "use " + shown(), "the offset " + offset + " is negative");
    }
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    BodyReader now;
    long size;
    synchronized (index()) {
      Inode inode = inode();
      requireOffset(offset);
      size = inode.size();
      now = reader(inode);
    }
    if (!target.hasRemaining()) {
      return 0;
    }
    if (offset >= size) {
      return -1;
    }
    if (now != null) {
      return now.read(target, offset);
    }
    int count = (int) Math.min(target.remaining(), size - offset);
    target.put(new byte[Math.min(count, 1 << 16)]);
    return Math.min(count, 1 << 16);
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    synchronized (index()) {
      Inode inode = inode();
      requireOffset(offset);
      BodyReader now = offset >= inode.size() ? null : reader(inode);
      long data = now == null ? -1 : now.nextData(offset);
      return data < 0 ? OptionalLong.empty() : OptionalLong.of(data);
    }
  }

  @Override
  public long nextHole(long offset) throws IOException {
    synchronized (index()) {
      Inode inode = inode();
      requireOffset(offset);
      if (offset >= inode.size()) {
        throw ObjectTree.error(
            Errno.ENXIO, "find a hole of " + shown(), offset + " is behind its end");
      }
      BodyReader now = reader(inode);
      return now == null ? offset : now.nextHole(offset);
    }
  }

  private ProviderException refused(String what) throws IOException {
    synchronized (index()) {
      requireOpen();
    }
    return tree().refused(what + " " + shown());
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    throw refused("write");
  }

  @Override
  public void truncate(long size) throws IOException {
    throw refused("truncate");
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) throws IOException {
    throw refused("allocate space of");
  }
}
