// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.Striping;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.LayoutDecoder;
import io.kmesh.lustre.jna.internal.wire.LayoutEncoder;
import io.kmesh.lustre.jna.internal.wire.LayoutSource;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes empty files with a layout: opened without objects, then given the layout as the xattr
 * {@code lustre.lov}, as liblustreapi does it.
 */
final class NewFiles {
  private static final PathBytes LOV = PathBytes.of(AbiConstants.XATTR_LUSTRE_LOV);

  private NewFiles() {}

  /**
   * Refuses pools that do not exist; the kernel would leave them out without a word. Where none can
   * be listed, as by a user who is not root on recent kernels, {@link #giveLayout} looks.
   *
   * @throws io.kmesh.spi.ProviderException EINVAL, naming the pool
   */
  static void requirePools(Targets targets, String action, Object object, Layout layout)
      throws IOException {
    if (poolsOf(layout).isEmpty()) {
      return;
    }
    List<String> known;
    try {
      known = targets.poolNames();
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.DENIED) {
        throw e;
      }
      return;
    }
    for (String pool : poolsOf(layout)) {
      if (!known.isEmpty() && !known.contains(pool)) {
        throw noPool(action, object, pool);
      }
    }
  }

  private static Set<String> poolsOf(Layout layout) {
    Set<String> pools = new TreeSet<>();
    layout.components().forEach(component -> component.pool().ifPresent(pools::add));
    return pools;
  }

  private static ProviderException noPool(String action, Object object, String pool) {
    return LustreFailures.of(
        action,
        object,
        Linux.EINVAL,
        "there is no pool \"" + pool + "\"",
        "Name one that `lfs pool_list` shows, or none.");
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
      giveLayout(action, directory, fd, layout);
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

  /** Gives a file without objects, or a directory, a layout with all its pools. */
  static void giveLayout(String action, Object object, int fd, Layout layout) throws IOException {
    byte[] lum = LayoutEncoder.encode(layout);
    try (NativeBuffer buffer = NativeBuffer.take(lum.length)) {
      buffer.bytes().put(0, lum);
      LustreMount.check(
          Calls.setxattr(fd, 0, Scratch.ofThread().second(LOV), buffer.address(), lum.length, 0),
          action,
          object);
    }
    if (!poolsOf(layout).isEmpty()) {
      requireKept(action, object, fd, layout);
    }
  }

  /** What can't be read yet, or is of no known form, is not held against it. */
  private static void requireKept(String action, Object object, int fd, Layout layout)
      throws IOException {
    FileLayout kept;
    try (NativeBuffer buffer = NativeBuffer.take()) {
      long n =
          Calls.getxattr(fd, 0, Scratch.ofThread().second(LOV), buffer.address(), buffer.size());
      if (n <= 0) {
        return;
      }
      kept = LayoutDecoder.decode(ByteBuffer.wrap(buffer.copy((int) n)), LayoutSource.XATTR);
    } catch (ProviderException e) {
      return;
    }
    Set<String> pools = poolsOf(layout);
    kept.components()
        .forEach(
            component -> component.striping().flatMap(Striping::pool).ifPresent(pools::remove));
    if (!kept.components().isEmpty() && !pools.isEmpty()) {
      throw noPool(action, object, pools.iterator().next());
    }
  }
}
