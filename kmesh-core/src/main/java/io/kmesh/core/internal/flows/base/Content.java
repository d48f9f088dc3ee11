// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;

/**
 * What a file holds, as far as it can be said without its bytes; which bytes these are is said by
 * the version of the register that holds this. Of what is no regular file it is the time.
 *
 * @param size in bytes; 0 of what is no regular file
 * @param mtime last modification
 */
public record Content(long size, FileTime mtime) {
  static Content read(ByteInput in) throws ProviderException {
    long size = in.varint(Long.MAX_VALUE, "a size");
    return new Content(size, readTime(in));
  }

  static FileTime readTime(ByteInput in) throws ProviderException {
    long seconds = in.zigzag();
    return new FileTime(seconds, (int) in.varint(999_999_999, "nanoseconds"));
  }

  void write(ByteOutput out) {
    out.varint(size);
    write(mtime, out);
  }

  static void write(FileTime time, ByteOutput out) {
    out.zigzag(time.seconds());
    out.varint(time.nanos());
  }
}
