// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a directory by getdents64(2) and decodes a whole buffer at a time. */
final class JnaCursor implements DirectoryCursor {
  /** The fixed part of {@code struct linux_dirent64}: d_ino 8, d_off 8, d_reclen 2, d_type 1. */
  private static final int NAME_OFFSET = 19;

  private final Fd fd;
  private final Place place;
  private final NativeBuffer buffer = NativeBuffer.take();
  private final byte[] name = new byte[PathBytes.NAME_MAX + 1];
  private boolean closed;

  JnaCursor(Fd fd, Place place) {
    this.fd = fd;
    this.place = place;
  }

  @Override
  public synchronized List<DirectoryEntry> next() throws IOException {
    int number = fd.acquire();
    if (number < 0) {
      throw Failures.of("list", place, Linux.EBADF);
    }
    try {
      while (true) {
        int length = Calls.getdents64(number, buffer.address(), buffer.size());
        if (length < 0) {
          throw Failures.of("list", place, length);
        }
        List<DirectoryEntry> entries = decode(length);
        // A batch of "." and ".." alone is not the end.
        if (length == 0 || !entries.isEmpty()) {
          return entries;
        }
      }
    } finally {
      fd.release();
    }
  }

  private List<DirectoryEntry> decode(int length) {
    ByteBuffer bytes = buffer.bytes();
    List<DirectoryEntry> entries = new ArrayList<>(length / 32);
    int at = 0;
    while (at < length) {
      int recordLength = Short.toUnsignedInt(bytes.getShort(at + 16));
      int nameLength = copyName(bytes, at + NAME_OFFSET, recordLength - NAME_OFFSET);
      if (!isSelfOrParent(nameLength)) {
        PathBytes entry = PathBytes.of(name, 0, nameLength);
        entries.add(new DirectoryEntry(entry, bytes.getLong(at), type(bytes.get(at + 18))));
      }
      at += recordLength;
    }
    return entries;
  }

  private int copyName(ByteBuffer bytes, int from, int most) {
    int n = 0;
    while (n < most && n < name.length) {
      byte b = bytes.get(from + n);
      if (b == 0) {
        break;
      }
      name[n++] = b;
    }
    return n;
  }

  private boolean isSelfOrParent(int length) {
    return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
  }

  /** The type that {@code d_type} says: the upper bits of a mode, shifted. */
  private static @Nullable FileType type(byte entryType) {
    return Stats.typeOrNull(entryType << 12);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      fd.close();
      buffer.close();
    }
  }
}
