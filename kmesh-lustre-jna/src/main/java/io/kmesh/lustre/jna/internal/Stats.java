// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Asks statx(2), or fstatat(2) on kernels before 4.11, and decodes the answer from the thread's
 * scratch memory.
 */
final class Stats {
  private static final LinuxAbi ABI = NativeLibc.abi();

  /** Whether the kernel has no statx; found out by the first call. */
  private static volatile boolean withoutStatx;

  private Stats() {}

  /** For tests: asks as an old kernel must be asked. */
  static void useStatx(boolean use) {
    withoutStatx = !use;
  }

  /**
   * The stat of an entry, or of {@code fd} itself when {@code path} is {@link Scratch#empty()}.
   *
   * @return 0 or a negative errno; the answer lies in the scratch memory for {@link #decode}
   */
  static int ask(int fd, long path, Scratch scratch) {
    return ask(fd, path, 0, Linux.STATX_BASIC_STATS, scratch);
  }

  /** As {@link #ask}, for type and mode only, which needs no answer of data servers. */
  static int askType(int fd, long path, Scratch scratch) {
    return ask(fd, path, Linux.AT_STATX_DONT_SYNC, Linux.STATX_TYPE | Linux.STATX_MODE, scratch);
  }

  private static int ask(int fd, long path, int flags, int mask, Scratch scratch) {
    int noFollow = Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_EMPTY_PATH;
    if (!withoutStatx) {
      int r = Calls.statx(fd, path, noFollow | flags, mask, scratch.out());
      if (r != -Linux.ENOSYS) {
        return r;
      }
      withoutStatx = true;
    }
    return Calls.fstatat(fd, path, noFollow, scratch.out());
  }

  /** {@code st_mode} of the last answer. */
  static int mode(Scratch scratch) {
    return withoutStatx
        ? scratch.outInt(ABI.statModeOffset())
        : Short.toUnsignedInt(scratch.outShort(28));
  }

  /** The last answer as a value. */
  static FileStat decode(Scratch s, Place place) throws IOException {
    return withoutStatx ? decodeStat(s, place) : decodeStatx(s, place);
  }

  private static FileStat decodeStatx(Scratch s, Place place) throws IOException {
    int mode = Short.toUnsignedInt(s.outShort(28));
    return new FileStat(
        type(mode, place),
        mode & Linux.PERMISSIONS,
        Integer.toUnsignedLong(s.outInt(20)),
        Integer.toUnsignedLong(s.outInt(24)),
        s.outLong(40),
        s.outLong(48),
        Integer.toUnsignedLong(s.outInt(16)),
        s.outLong(32),
        device(s.outInt(136), s.outInt(140)),
        device(s.outInt(128), s.outInt(132)),
        new FileTime(s.outLong(64), s.outInt(72)),
        new FileTime(s.outLong(112), s.outInt(120)),
        new FileTime(s.outLong(96), s.outInt(104)));
  }

  private static FileStat decodeStat(Scratch s, Place place) throws IOException {
    int mode = s.outInt(ABI.statModeOffset());
    long links =
        ABI.statLinksBytes() == 8
            ? s.outLong(ABI.statLinksOffset())
            : Integer.toUnsignedLong(s.outInt(ABI.statLinksOffset()));
    return new FileStat(
        type(mode, place),
        mode & Linux.PERMISSIONS,
        Integer.toUnsignedLong(s.outInt(ABI.statUidOffset())),
        Integer.toUnsignedLong(s.outInt(ABI.statUidOffset() + 4)),
        s.outLong(48),
        s.outLong(64),
        links,
        s.outLong(8),
        oldDevice(s.outLong(0)),
        oldDevice(s.outLong(ABI.statRdevOffset())),
        new FileTime(s.outLong(72), (int) s.outLong(80)),
        new FileTime(s.outLong(88), (int) s.outLong(96)),
        new FileTime(s.outLong(104), (int) s.outLong(112)));
  }

  private static long device(int major, int minor) {
    return (long) major << 32 | Integer.toUnsignedLong(minor);
  }

  /** Takes the kernel's packing of a device number apart. */
  private static long oldDevice(long packed) {
    int minor = (int) ((packed & 0xff) | ((packed >>> 12) & 0xfff00));
    int major = (int) ((packed >>> 8) & 0xfff);
    return device(major, minor);
  }

  /** The kernel's packing of a device number, or -1 where it does not fit. */
  static long packDevice(long rdev) {
    long major = rdev >>> 32;
    long minor = rdev & 0xffffffffL;
    if (major > 0xfff || minor > 0xfffff) {
      return -1;
    }
    return (minor & 0xff) | (major << 8) | ((minor & ~0xffL) << 12);
  }

  private static FileType type(int mode, Place place) throws IOException {
    FileType type = typeOrNull(mode);
    if (type == null) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot stat "
              + place
              + ": the file system says mode 0"
              + Integer.toOctalString(mode)
              + ", which names no type. Check the file system.");
    }
    return type;
  }

  /** The type that {@code st_mode} says; null when none. */
  static @Nullable FileType typeOrNull(int mode) {
    return switch (mode & Linux.S_IFMT) {
      case 0100000 -> FileType.REGULAR;
      case 0040000 -> FileType.DIRECTORY;
      case 0120000 -> FileType.SYMLINK;
      case 0010000 -> FileType.FIFO;
      case 0140000 -> FileType.SOCKET;
      case 0020000 -> FileType.CHARACTER_DEVICE;
      case 0060000 -> FileType.BLOCK_DEVICE;
      default -> null;
    };
  }
}
