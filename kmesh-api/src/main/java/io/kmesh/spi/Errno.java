// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi;

import java.util.HashMap;
import java.util.Map;

/**
 * An errno value of Linux, with its name. Unknown numbers are kept and printed as {@code errno(N)}.
 *
 * @param code the positive number
 */
public record Errno(int code) {
  private static final Map<Integer, String> NAMES = new HashMap<>();

  /** Operation not permitted. */
  public static final Errno EPERM = named(1, "EPERM");

  /** No such file or directory. */
  public static final Errno ENOENT = named(2, "ENOENT");

  /** Interrupted system call. */
  public static final Errno EINTR = named(4, "EINTR");

  /** Input/output error. */
  public static final Errno EIO = named(5, "EIO");

  /** No such device or address. */
  public static final Errno ENXIO = named(6, "ENXIO");

  /** Argument list too long. */
  public static final Errno E2BIG = named(7, "E2BIG");

  /** Bad file descriptor. */
  public static final Errno EBADF = named(9, "EBADF");

  /** Try again. */
  public static final Errno EAGAIN = named(11, "EAGAIN");

  /** Out of memory. */
  public static final Errno ENOMEM = named(12, "ENOMEM");

  /** Permission denied. */
  public static final Errno EACCES = named(13, "EACCES");

  /** Busy. */
  public static final Errno EBUSY = named(16, "EBUSY");

  /** Exists. */
  public static final Errno EEXIST = named(17, "EEXIST");

  /** Cross-device link. */
  public static final Errno EXDEV = named(18, "EXDEV");

  /** No such device. */
  public static final Errno ENODEV = named(19, "ENODEV");

  /** Not a directory. */
  public static final Errno ENOTDIR = named(20, "ENOTDIR");

  /** Is a directory. */
  public static final Errno EISDIR = named(21, "EISDIR");

  /** Invalid argument. */
  public static final Errno EINVAL = named(22, "EINVAL");

  /** Too many open files in the system. */
  public static final Errno ENFILE = named(23, "ENFILE");

  /** Too many open files. */
  public static final Errno EMFILE = named(24, "EMFILE");

  /** Not a typewriter; the ioctl is not known there. */
  public static final Errno ENOTTY = named(25, "ENOTTY");

  /** Text file busy. */
  public static final Errno ETXTBSY = named(26, "ETXTBSY");

  /** File too large. */
  public static final Errno EFBIG = named(27, "EFBIG");

  /** No space left on device. */
  public static final Errno ENOSPC = named(28, "ENOSPC");

  /** Illegal seek. */
  public static final Errno ESPIPE = named(29, "ESPIPE");

  /** Read-only file system. */
  public static final Errno EROFS = named(30, "EROFS");

  /** Too many links. */
  public static final Errno EMLINK = named(31, "EMLINK");

  /** Broken pipe. */
  public static final Errno EPIPE = named(32, "EPIPE");

  /** Result out of range. */
  public static final Errno ERANGE = named(34, "ERANGE");

  /** File name too long. */
  public static final Errno ENAMETOOLONG = named(36, "ENAMETOOLONG");

  /** Function not implemented. */
  public static final Errno ENOSYS = named(38, "ENOSYS");

  /** Directory not empty. */
  public static final Errno ENOTEMPTY = named(39, "ENOTEMPTY");

  /** Too many symbolic links. */
  public static final Errno ELOOP = named(40, "ELOOP");

  /** No data available; the extended attribute does not exist. */
  public static final Errno ENODATA = named(61, "ENODATA");

  /** Protocol error. */
  public static final Errno EPROTO = named(71, "EPROTO");

  /** Value too large for defined data type. */
  public static final Errno EOVERFLOW = named(75, "EOVERFLOW");

  /** Operation not supported. */
  public static final Errno EOPNOTSUPP = named(95, "EOPNOTSUPP");

  /** Cannot send after shutdown. */
  public static final Errno ESHUTDOWN = named(108, "ESHUTDOWN");

  /** Timed out. */
  public static final Errno ETIMEDOUT = named(110, "ETIMEDOUT");

  /** Already in progress. */
  public static final Errno EALREADY = named(114, "EALREADY");

  /** Stale file handle; a cancelled lease. */
  public static final Errno ESTALE = named(116, "ESTALE");

  /** Quota exceeded. */
  public static final Errno EDQUOT = named(122, "EDQUOT");

  /** Cancelled. */
  public static final Errno ECANCELED = named(125, "ECANCELED");

  private static Errno named(int code, String name) {
    NAMES.put(code, name);
    return new Errno(code);
  }

  /** The value of a positive errno or of a negative return code. */
  public static Errno of(int code) {
    return new Errno(Math.abs(code));
  }

  /** The symbolic name, such as {@code ENOENT}, or {@code errno(N)}. */
  public String name() {
    String name = NAMES.get(code);
    return name == null ? "errno(" + code + ")" : name;
  }

  /** What this value means to a caller. */
  public ErrorKind kind() {
    return switch (code) {
      case 2, 61, 116 -> ErrorKind.NOT_FOUND;
      case 17, 39 -> ErrorKind.EXISTS;
      case 1, 13, 30 -> ErrorKind.DENIED;
      case 28, 122 -> ErrorKind.NO_SPACE;
      case 4, 11, 12, 16, 23, 24, 26, 108, 110 -> ErrorKind.TRANSIENT;
      case 125 -> ErrorKind.CANCELLED;
      case 38, 95, 25 -> ErrorKind.UNSUPPORTED;
      case 5, 6, 19, 32 -> ErrorKind.UNKNOWN_OUTCOME;
      default -> ErrorKind.INVALID;
    };
  }

  @Override
  public String toString() {
    return name() + "(" + code + ")";
  }
}
