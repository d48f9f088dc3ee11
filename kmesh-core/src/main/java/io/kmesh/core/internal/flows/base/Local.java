// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;

/**
 * A node as it is on this site's file system: what it was when it was last looked at or written,
 * and which changes it shows. Whoever finds another stat knows that somebody changed it here.
 *
 * @param key the object
 * @param size its size then
 * @param mtime its modification time then
 * @param ctime its change time then
 * @param attributes the change that made the attributes that it has here
 * @param content the change that made the bytes that it has here
 */
public record Local(
    LocalKey key, long size, FileTime mtime, FileTime ctime, Dot attributes, Dot content) {
  /** What a stat says of an object that shows given changes. */
  public static Local of(LocalKey key, FileStat stat, Dot attributes, Dot content) {
    return new Local(
        key, stat.isRegular() ? stat.size() : 0, stat.mtime(), stat.ctime(), attributes, content);
  }

  /** Whether a stat shows the object as it was, so that nobody touched it. */
  public boolean isUntouched(FileStat stat) {
    return ctime.equals(stat.ctime())
        && mtime.equals(stat.mtime())
        && (!stat.isRegular() || size == stat.size());
  }

  static Local read(ByteInput in) throws ProviderException {
    LocalKey key = LocalKey.read(in);
    long size = in.varint(Long.MAX_VALUE, "a size");
    FileTime mtime = Content.readTime(in);
    FileTime ctime = Content.readTime(in);
    Dot attributes = Dot.read(in);
    return new Local(key, size, mtime, ctime, attributes, Dot.read(in));
  }

  void write(ByteOutput out) {
    key.write(out);
    out.varint(size);
    Content.write(mtime, out);
    Content.write(ctime, out);
    attributes.write(out);
    content.write(out);
  }
}
