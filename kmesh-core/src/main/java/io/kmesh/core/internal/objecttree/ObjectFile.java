// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An open file of an {@link ObjectTree}. Thread-safe. */
final class ObjectFile extends ObjectInode implements PosixFile {
  private static final int ZEROS = 1 << 16;
  private static final int MOST_TRIES = 8;

  private @Nullable BodyReader reader; // guarded by the index

  private final boolean reads;
  private final boolean writes;

  ObjectFile(ObjectTree tree, long number, PathBytes path, Set<OpenFlag> flags) throws IOException {
    super(tree, number, path);
    this.writes = flags.contains(OpenFlag.WRITE);
    this.reads = !writes || flags.contains(OpenFlag.READ);
  }

  /** What reads the bytes as they are now; null for a file of holes. With the index's monitor. */
  private @Nullable BodyReader reader(Inode inode) {
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
      throw Posix.refusal(Errno.EINVAL, "use " + shown(), "the offset " + offset + " is negative");
    }
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    for (int tries = 1; ; tries++) {
      BodyReader now;
      synchronized (index()) {
        Inode inode = inode();
        if (!reads) {
          throw Posix.refusal(Errno.EBADF, "read " + shown(), "it is open for writing only");
        }
        requireOffset(offset);
        if (!target.hasRemaining()) {
          return 0;
        }
        if (offset >= inode.size()) {
          return -1;
        }
        if (inode.body() instanceof Body.Spooled spooled) {
          return writer("read").spool().file(spooled.number()).read(target, offset);
        }
        now = reader(inode);
        if (now == null) {
          int most = (int) Math.min(target.remaining(), inode.size() - offset);
          target.put(new byte[Math.min(most, ZEROS)]);
          return Math.min(most, ZEROS);
        }
      }
      try {
        return now.read(target, offset);
      } catch (ProviderException e) {
        // A push moves objects, and replaces them.
        synchronized (index()) {
          if (tries == MOST_TRIES || now.body().equals(inode().body())) {
            throw e;
          }
        }
      }
    }
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    synchronized (index()) {
      Inode inode = inode();
      requireOffset(offset);
      if (inode.body() instanceof Body.Spooled spooled) {
        return writer("read").spool().file(spooled.number()).nextData(offset);
      }
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
        throw Posix.refusal(
            Errno.ENXIO, "find a hole of " + shown(), offset + " is behind its end");
      }
      if (inode.body() instanceof Body.Spooled spooled) {
        return writer("read").spool().file(spooled.number()).nextHole(offset);
      }
      BodyReader now = reader(inode);
      return now == null ? offset : now.nextHole(offset);
    }
  }

  /** To be called with the index's monitor. */
  private FileBytes bytes(String what) throws IOException {
    TreeWriter writer = writer(what);
    if (!writes) {
      throw Posix.refusal(Errno.EBADF, what + " " + shown(), "it is open for reading only");
    }
    return writer.bytes();
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    synchronized (index()) {
      bytes("write").write(changing("write"), source, offset);
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    synchronized (index()) {
      bytes("cut").truncate(changing("cut"), size);
    }
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) throws IOException {
    synchronized (index()) {
      TreeWriter unused = writer("reserve space of");
      throw Posix.refusal(
          Errno.EOPNOTSUPP, "reserve space of " + shown(), "objects take the space they need");
    }
  }
}
