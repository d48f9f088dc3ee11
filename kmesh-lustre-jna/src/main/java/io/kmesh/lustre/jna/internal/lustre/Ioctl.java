// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * ioctl(2) as liblustreapi itself finds it; it returns -1 and sets errno. See {@link
 * LustreLibrary}.
 */
final class Ioctl {
  private Ioctl() {}

  static native int ioctl(int fd, long request, long argument);
}
