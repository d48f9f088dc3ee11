// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.compress;

import com.github.luben.zstd.util.Native;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** Loads zstd's native library, unpacked where {@code kmesh.native-directory} says. Stateless. */
final class ZstdLibrary {
  private static final String OURS = "kmesh.native-directory";
  private static final String THEIRS = "ZstdTempFolder";

  private ZstdLibrary() {}

  /** Has no effect when the library is loaded; what the host program set for it stays. */
  static void load() throws ProviderException {
    try {
      String directory = System.getProperty(OURS);
      if (directory != null && System.getProperty(THEIRS) == null) {
        System.setProperty(THEIRS, directory);
      }
      Native.load();
    } catch (LinkageError | RuntimeException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot load zstd: "
              + e.getMessage()
              + ". Set "
              + OURS
              + " to a folder on a file system that allows to execute, or run on a platform that"
              + " zstd-jni supports.",
          e);
    }
  }
}
