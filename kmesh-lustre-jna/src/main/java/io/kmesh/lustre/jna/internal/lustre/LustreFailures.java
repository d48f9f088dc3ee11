// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/**
 * Turns what Lustre answered into an exception that names the object, the errno and what to do.
 * Lustre gives some errnos a meaning of its own: that is said, and labelled where it is inferred.
 */
final class LustreFailures {
  private LustreFailures() {}

  /** A failed call on an object. */
  static ProviderException of(String action, Object object, int errno) {
    Errno value = Errno.of(errno);
    return failure(value.kind(), action, object, value, reason(value), advice(value));
  }

  /** A failed call whose reason is known better than by the errno alone. */
  static ProviderException of(
      String action, Object object, int errno, String reason, String advice) {
    Errno value = Errno.of(errno);
    return failure(value.kind(), action, object, value, reason, advice);
  }

  /** A failed call that means something else than its errno says. */
  static ProviderException of(
      ErrorKind kind, String action, Object object, int errno, String reason, String advice) {
    return failure(kind, action, object, Errno.of(errno), reason, advice);
  }

  private static ProviderException failure(
      ErrorKind kind, String action, Object object, Errno errno, String reason, String advice) {
    return new ProviderException(
        kind,
        "Cannot " + action + " " + object + ": " + errno + ", " + reason + ". " + advice,
        null,
        errno,
        null,
        null);
  }

  private static String reason(Errno errno) {
    return switch (errno.code()) {
      case 1 ->
          "Lustre allows it to root, or to whom the coordinator's masks name, only (inferred)";
      case 2 -> "there is no such file";
      case 5 -> "a client, server or target reported an input/output error";
      case 6 -> "a target or the coordinator behind it does not run";
      case 7 -> "the request is larger than the kernel takes";
      case 11 -> "the coordinator does not run or the server is busy (inferred from EAGAIN)";
      case 13 -> "the permission bits, or a role of the client's node map, deny it";
      case 16 -> "the file is in use, or changed meanwhile";
      case 17 -> "it exists";
      case 19 -> "there is no such target or mount";
      case 22 -> "Lustre calls an argument invalid";
      case 25, 95 -> "it does not lie on Lustre, or this release of Lustre can't do that";
      case 28 -> "no space or inodes are left";
      case 30 -> "the file system is read-only for this client";
      case 32, 108 -> "the copytool's registration is gone";
      case 36 -> "the path is too long";
      case 38 -> "this release of Lustre does not know it";
      case 40 -> "it is a symbolic link";
      case 61 -> "Lustre holds no such data; a released file whose restore failed answers so too";
      case 71 -> "the answer is not one that the protocol allows";
      case 107, 110 -> "a server did not answer";
      case 116 -> "the file is gone, or a lease on it was broken";
      case 122 -> "a quota is used up";
      case 125 -> "it was cancelled";
      default -> "Lustre refused it";
    };
  }

  private static String advice(Errno errno) {
    return switch (errno.code()) {
      case 1, 13 -> "Run it as root on a client that may do this.";
      case 2, 116 -> "Check whether it was removed or renamed meanwhile.";
      case 7 -> "Ask for less at once.";
      case 11 -> "Start it on the MDS: lctl set_param mdt.*.hsm_control=enabled; then try again.";
      case 16 -> "Try again when nobody writes to it.";
      case 17 -> "Choose another name, or remove what is there.";
      case 19, 25, 95, 38 -> "Run `kmesh doctor` to see what works here.";
      case 28, 122 -> "Free space, or raise the quota.";
      case 30 -> "Mount it for writing.";
      case 32, 108 -> "Register again.";
      case 107, 110 -> "Look at the state of the servers, then try again.";
      default -> "Look at the client's kernel log for more.";
    };
  }
}
