// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** An open regular file. Positional calls may run in several threads at once. */
public interface PosixFile extends PosixInode {
  /**
   * Reads into the buffer from an offset (pread): at most what remains in the buffer, perhaps less.
   *
   * @return the number of bytes, or -1 at the end of the file
   */
  int read(ByteBuffer target, long offset) throws IOException;

  /** Writes all that remains in the buffer at an offset (pwrite until done). */
  void write(ByteBuffer source, long offset) throws IOException;

  /** Sets the size (ftruncate). */
  void truncate(long size) throws IOException;

  /** The start of the first data at or after an offset; empty when there are none (SEEK_DATA). */
  OptionalLong nextData(long offset) throws IOException;

  /** The start of the first hole at or after an offset within the file, or its end (SEEK_HOLE). */
  long nextHole(long offset) throws IOException;

  /** Reserves or frees the space of a range (fallocate). */
  void allocate(AllocateMode mode, long offset, long length) throws IOException;
}
