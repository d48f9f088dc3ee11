// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import io.kmesh.lustre.jna.internal.JnaPosixTree;
import io.kmesh.lustre.jna.internal.NativeLibc;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Trees of the running system by libc, for who does not want to look them up. Thread-safe. */
public final class JnaPosix {
  private JnaPosix() {}

  /** Why the native library can't be used here; empty when it can. */
  public static Optional<String> whyUnusable() {
    return NativeLibc.whyUnusable();
  }

  /**
   * Opens the tree below an existing directory of the default file system.
   *
   * @throws IOException when the directory can't be opened, or of kind {@link
   *     ErrorKind#UNSUPPORTED} when the native library can't be used
   */
  public static PosixTree open(Path directory) throws IOException {
    return open(PathBytes.absolute(directory));
  }

  /**
   * Opens the tree below an existing directory by its bytes, which need not be a text in any
   * encoding.
   *
   * @param directory absolute, or relative to the working directory of the process
   * @throws IOException as {@link #open(Path)}
   */
  public static PosixTree open(PathBytes directory) throws IOException {
    Optional<String> reason = whyUnusable();
    if (reason.isPresent()) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open "
              + directory
              + " by libc: "
              + reason.get()
              + ". Use the java.nio tree, or set "
              + NativeLibc.DIRECTORY_PROPERTY
              + " to a folder from which programs may run.",
          null,
          Errno.ENOSYS,
          null,
          null);
    }
    return JnaPosixTree.open(directory);
  }

  /**
   * The number of descriptors that open trees, directories, files and cursors hold in this process;
   * a test that closed all of its own finds the number it began with.
   */
  public static long openHandles() {
    return whyUnusable().isPresent() ? 0 : JnaPosixTree.openHandles();
  }
}
