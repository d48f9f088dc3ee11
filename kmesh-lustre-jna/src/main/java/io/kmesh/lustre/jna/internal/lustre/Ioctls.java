// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Native;
import io.kmesh.lustre.jna.internal.Linux;

/** ioctl(2), repeated when a signal interrupts it, with a negative errno on failure. */
final class Ioctls {
  private Ioctls() {}

  static int call(int fd, long request, long argument) {
    int r;
    do {
      r = Ioctl.ioctl(fd, request, argument);
      r = r >= 0 ? r : -Native.getLastError();
    } while (r == -Linux.EINTR);
    return r;
  }
}
