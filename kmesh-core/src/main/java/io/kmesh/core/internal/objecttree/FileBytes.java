// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static io.kmesh.core.internal.objecttree.Posix.failure;

import io.kmesh.core.internal.mirror.Content;
import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes bytes of files to the spool, to which those of an object are brought when its file is
 * written to. To be used with the index's monitor.
 */
final class FileBytes {
  private static final int PIECE = 8 << 20;

  private final TreeIndex index;
  private final Spool spool;
  private final MirrorObjects objects;
  private final TreeEdits edits;

  FileBytes(TreeIndex index, Spool spool, MirrorObjects objects, TreeEdits edits) {
    this.index = index;
    this.spool = spool;
    this.objects = objects;
    this.edits = edits;
  }

  /** Writes bytes. */
  void write(Inode inode, ByteBuffer source, long offset) throws IOException {
    if (offset < 0) {
      throw failure(Errno.EINVAL, "write to", "inode " + inode.number());
    }
    int length = source.remaining();
    Inode there = spooled(inode);
    spool.changing(((Body.Spooled) there.body()).number()).write(source, offset);
    written(there, Math.max(there.size(), length == 0 ? 0 : offset + length));
  }

  void truncate(Inode inode, long size) throws IOException {
    if (size < 0) {
      throw failure(Errno.EINVAL, "cut", "inode " + inode.number());
    }
    if (size == 0) {
      if (inode.body() instanceof Body.Spooled old) {
        spool.remove(old.number());
      }
      written(inode.withBody(0, Body.HOLES), 0);
      return;
    }
    Inode there = inode;
    if (!(inode.body() instanceof Body.Holes)) {
      there = spooled(inode);
      spool.changing(((Body.Spooled) there.body()).number()).truncate(size);
    }
    written(there, size);
  }

  private void written(Inode inode, long size) throws IOException {
    FileTime now = edits.now();
    index.put(inode.withBody(size, inode.body()).withTimes(inode.atime(), now).changed(now));
    index.addChanges(inode.number(), Change.BYTES, Change.ATTRIBUTES);
  }

  /** An inode whose bytes are in the spool, brought there if they were elsewhere. */
  private Inode spooled(Inode inode) throws IOException {
    if (inode.body() instanceof Body.Spooled) {
      return inode;
    }
    long number = index.newSpool();
    PosixFile file = spool.create(number);
    boolean isWhole = false;
    try {
      if (inode.body() instanceof Body.InObject object) {
        download(object, file);
      }
      file.truncate(inode.size());
      isWhole = true;
    } finally {
      if (!isWhole) {
        spool.remove(number);
      }
    }
    return inode.withBody(inode.size(), new Body.Spooled(number));
  }

  private void download(Body.InObject object, PosixFile file) throws IOException {
    Extents extents = object.extents();
    Content content = new Content(extents);
    long size = extents.bodySize();
    for (long at = 0; at < size; ) {
      int length = (int) Math.min(PIECE, size - at);
      ByteBuffer bytes =
          objects.read(Retrier.Check.NONE, object.key(), object.etag(), at, length).data();
      if (!bytes.hasRemaining()) {
        throw broken(object, "it ends at byte " + at);
      }
      at += bytes.remaining();
      content.add(bytes, file::write);
    }
    if (object.sha256() != null && !content.end().content().equals(object.sha256())) {
      throw broken(object, "its SHA-256 is not " + object.sha256());
    }
  }

  private ProviderException broken(Body.InObject object, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot write to the file of the object "
            + objects.full(object.key())
            + ": "
            + reason
            + ". Replace the file, or restore the object.");
  }
}
