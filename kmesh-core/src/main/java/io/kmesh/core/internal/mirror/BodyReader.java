// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Extent;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads the body of a file's object from the open file, in order. One thread at a time. */
public final class BodyReader {
  private final PosixFile file;
  private final Extents extents;
  private final String name;
  private int extent;
  private long inExtent;

  /**
   * A reader.
   *
   * @param name the file's name in errors
   */
  public BodyReader(PosixFile file, Extents extents, String name) {
    this.file = file;
    this.extents = extents;
    this.name = name;
  }

  /** Goes on at a byte of the body. */
  void seek(long at) {
    long rest = at;
    extent = 0;
    while (extent < extents.list().size() && rest >= extents.list().get(extent).length()) {
      rest -= extents.list().get(extent++).length();
    }
    inExtent = rest;
  }

  /** Fills the buffer from its start up to its limit, or to the body's end, and flips it. */
  public void fill(ByteBuffer buffer) throws IOException {
    buffer.position(0);
    int limit = buffer.limit();
    while (buffer.hasRemaining() && extent < extents.list().size()) {
      Extent current = extents.list().get(extent);
      int wanted = (int) Math.min(buffer.remaining(), current.length() - inExtent);
      buffer.limit(buffer.position() + wanted);
      int count = file.read(buffer, current.offset() + inExtent);
      buffer.limit(limit);
      if (count <= 0) {
        throw changed("it ends at byte " + (current.offset() + inExtent));
      }
      inExtent += count;
      if (inExtent == current.length()) {
        extent++;
        inExtent = 0;
      }
    }
    buffer.flip();
  }

  /** Checks that the file ends where it should. */
  public void checkEnd() throws IOException {
    if (file.read(ByteBuffer.allocate(1), extents.size()) > 0) {
      throw changed("it has grown beyond byte " + extents.size());
    }
  }

  private ProviderException changed(String reason) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot archive "
            + name
            + ": "
            + reason
            + " of its "
            + extents.size()
            + " bytes; it changed while it was read. Archive it again.");
  }
}
