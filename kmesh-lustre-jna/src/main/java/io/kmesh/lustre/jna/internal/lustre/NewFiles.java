// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.LayoutEncoder;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;

/**
 * Makes empty files with a layout: opened without objects, then given the layout as the xattr
 * {@code lustre.lov}, as liblustreapi does it.
 */
final class NewFiles {
  private static final PathBytes LOV = PathBytes.of(AbiConstants.XATTR_LUSTRE_LOV);

  private NewFiles() {}

  /**
   * Refuses pools that do not exist; the kernel would leave them out without a word.
   *
   * @throws io.kmesh.spi.ProviderException EINVAL, naming the pool
   */
  static void requirePools(Targets targets, String action, Object object, Layout layout)
      throws IOException {
    for (LayoutComponent component : layout.components()) {
      String pool = component.poolOrNull();
      if (pool != null && !targets.hasPool(pool)) {
        throw LustreFailures.of(
            action,
            object,
            Linux.EINVAL,
            "there is no pool \"" + pool + "\"",
            "Name one that `lfs pool_list` shows, or none.");
      }
    }
  }

  /**
   * Makes a new file; nothing is left of it when it can't have the layout.
   *
   * @return its descriptor, open for reading and writing, which the caller closes
   */
  static int create(
      String action, PosixDirectory directory, PathBytes name, int mode, Layout layout)
      throws IOException {
    int flags =
        Linux.O_RDWR
            | Linux.O_CREAT
            | Linux.O_EXCL
            | AbiConstants.O_LOV_DELAY_CREATE
            | Calls.NOFOLLOW;
    int fd = LustreMount.check(Handles.openAt(directory, name, flags, 0600), action, directory);
    try {
      int r = giveLayout(fd, layout);
      LustreMount.check(r, action, directory);
      LustreMount.check(Calls.fchmod(fd, mode), action, directory);
      return fd;
    } catch (IOException | RuntimeException | Error e) {
      Calls.close(fd);
      unlink(directory, name, e);
      throw e;
    }
  }

  /** Removes what could not be finished. */
  static void unlink(PosixDirectory directory, PathBytes name, Throwable why) {
    try {
      directory.unlink(name);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** Gives a file without objects, or a directory, a layout. */
  static int giveLayout(int fd, Layout layout) throws IOException {
    byte[] lum = LayoutEncoder.encode(layout);
    try (NativeBuffer buffer = NativeBuffer.take(lum.length)) {
      buffer.bytes().put(0, lum);
      return Calls.setxattr(fd, 0, Scratch.ofThread().second(LOV), buffer.address(), lum.length, 0);
    }
  }
}
