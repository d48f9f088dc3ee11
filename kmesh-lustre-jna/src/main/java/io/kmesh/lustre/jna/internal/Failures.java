// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;

/** Turns an errno into an exception whose message names the object and says what to do. */
public final class Failures {
  private Failures() {}

  /**
   * A failed call.
   *
   * @param action the verb with its values, such as {@code read 10 bytes at 0 of}
   * @param errno the errno, positive or negative
   */
  public static ProviderException of(String action, Object place, int errno) {
    return of(action, place, Errno.of(errno));
  }

  /** A failed call. */
  public static ProviderException of(String action, Object place, Errno errno) {
    return new ProviderException(
        errno,
        "Cannot "
            + action
            + " "
            + place
            + ": "
            + errno
            + ", "
            + reason(errno.code())
            + ". "
            + advice(errno.code()));
  }

  /** A refusal of what this file system can't do, whatever errno it chose to say so. */
  public static ProviderException unsupported(
      String action, Object place, int errno, String reason, String advice) {
    Errno value = Errno.of(errno);
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot " + action + " " + place + ": " + value + ", " + reason + ". " + advice,
        null,
        value,
        null,
        null);
  }

  /** A refusal of an argument, with EINVAL or another errno that says it. */
  public static ProviderException refused(
      String action, Object place, Errno errno, String reason, String advice) {
    return new ProviderException(
        errno, "Cannot " + action + " " + place + ": " + errno + ", " + reason + ". " + advice);
  }

  /** Checks that a name is one entry's. */
  static void requireName(String action, Place place, PathBytes name) throws IOException {
    if (!name.isName()) {
      throw refused(
          action,
          place.of(name),
          Errno.EINVAL,
          "\"" + name + "\" (" + name.length() + " bytes) is not the name of one entry",
          "Pass 1 to 255 bytes without a slash that are not \".\" or \"..\".");
    }
  }

  /** Checks permission bits. */
  public static void requireMode(String action, Object place, int mode) throws IOException {
    if ((mode & ~Linux.PERMISSIONS) != 0) {
      throw refused(
          action,
          place,
          Errno.EINVAL,
          "0" + Integer.toOctalString(mode) + " is not a mode",
          "Pass permission bits from 0 to 07777.");
    }
  }

  /** Checks the number of an owner or group: -1, or unsigned 32 bits. */
  public static void requireOwner(String action, Object place, long uid, long gid)
      throws IOException {
    if (uid < -1 || uid > 0xfffffffeL || gid < -1 || gid > 0xfffffffeL) {
      throw refused(
          action,
          place,
          Errno.EINVAL,
          uid + ":" + gid + " is not a pair of owner and group",
          "Pass numbers from 0 to 4294967294, or -1 to leave one.");
    }
  }

  private static String reason(int errno) {
    return switch (errno) {
      case 1 -> "the system allows it to the owner or to root only";
      case 2 -> "there is no such entry";
      case 5 -> "the device or server reported an input/output error";
      case 6, 19 -> "no device or process stands behind it";
      case 7 -> "the value is too large for this file system";
      case 9 -> "the handle is closed, or not open for this";
      case 11 -> "the resource is busy for now";
      case 12 -> "the system is out of memory";
      case 13 -> "the permission bits deny it";
      case 16 -> "it is in use";
      case 17 -> "it exists";
      case 18 -> "the two lie on different file systems or projects";
      case 20 -> "it is not a directory";
      case 21 -> "it is a directory";
      case 22 -> "the system calls an argument invalid";
      case 23, 24 -> "too many files are open";
      case 26 -> "it is a program that runs";
      case 27 -> "the file would be too large";
      case 28 -> "no space or inodes are left";
      case 30 -> "the file system is read-only";
      case 31 -> "it has the most hard links that the file system allows";
      case 34 -> "a name or value is out of range";
      case 36 -> "a name or path is too long";
      case 38 -> "the system does not know this call";
      case 39 -> "the directory is not empty";
      case 40 -> "it is a symbolic link, and those are not followed";
      case 61 -> "there is no such attribute";
      case 95 -> "the file system does not support it";
      case 108 -> "the connection to the server is shut down";
      case 110 -> "the server did not answer in time";
      case 116 -> "it was removed or replaced on the server meanwhile";
      case 122 -> "a quota is used up";
      default -> "the system call failed";
    };
  }

  private static String advice(int errno) {
    return switch (errno) {
      case 1, 13 -> "Run as a user who may do this, or change its owner or permissions.";
      case 2, 116 -> "Check the name, and whether it was removed meanwhile.";
      case 7 -> "Store less in it.";
      case 9 -> "Open it again.";
      case 11, 12, 16, 26, 108, 110 -> "Try again later.";
      case 17 -> "Choose another name, or remove what is there.";
      case 18 -> "Copy it instead.";
      case 20 -> "Name a directory that is not behind a symbolic link.";
      case 21 -> "Use the call for directories.";
      case 23, 24 -> "Close handles, or raise the limit of open files.";
      case 27, 28, 122 -> "Free space, or raise the quota.";
      case 30 -> "Mount it for writing.";
      case 38, 95 -> "Ask the tree's capabilities first, or use another file system.";
      case 39 -> "Remove its entries first.";
      case 40 -> "Read the link, and open what it names.";
      case 61 -> "List the attributes first.";
      default -> "Look at the system's log for more.";
    };
  }
}
