// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What tells that a file was not changed: its inode, size, and times of modification and change.
 * Not its device, whose number is another one after a remount, or on another client.
 */
public record FileStamp(long inode, long size, FileTime mtime, FileTime ctime) {
  /** The stamp of a file. */
  public static FileStamp of(FileStat stat) {
    return new FileStamp(stat.inode(), stat.size(), stat.mtime(), stat.ctime());
  }

  void write(DataOutputStream out) throws IOException {
    out.writeLong(inode);
    out.writeLong(size);
    write(out, mtime);
    write(out, ctime);
  }

  private static void write(DataOutputStream out, FileTime time) throws IOException {
    out.writeLong(time.seconds());
    out.writeInt(time.nanos());
  }

  static FileStamp read(ByteBuffer in) {
    return new FileStamp(in.getLong(), in.getLong(), time(in), time(in));
  }

  private static FileTime time(ByteBuffer in) {
    return new FileTime(in.getLong(), in.getInt());
  }
}
