// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Loads JNA's library and binds libc, once; tells why where that can't be done. */
public final class NativeLibc {
  /** The system property that names the folder into which JNA unpacks its library. */
  public static final String DIRECTORY_PROPERTY = "kmesh.native-directory";

  private static final @Nullable LinuxAbi ABI;
  private static final @Nullable String WHY_NOT;

  static {
    LinuxAbi abi = null;
    String whyNot;
    try {
      // Before the first touch of JNA's Native class, which reads it once.
      String directory = System.getProperty(DIRECTORY_PROPERTY);
      if (directory != null && System.getProperty("jna.tmpdir") == null) {
        System.setProperty("jna.tmpdir", directory);
      }
      abi = load();
      whyNot = null;
    } catch (LinkageError | RuntimeException e) {
      whyNot = e.toString();
      LoggerFactory.getLogger(NativeLibc.class)
          .info("Cannot use libc by JNA: {}. The java.nio tree is used instead.", whyNot);
    }
    ABI = abi;
    WHY_NOT = whyNot;
  }

  private NativeLibc() {}

  private static LinuxAbi load() {
    if (!Platform.isLinux() || Native.POINTER_SIZE != 8) {
      throw new UnsupportedOperationException("this is not a 64-bit Linux");
    }
    LinuxAbi abi =
        LinuxAbi.of(Platform.ARCH)
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "the architecture " + Platform.ARCH + " is not known here"));
    // Binds every function now: a missing one shows here and not in the middle of a job.
    LibC.fcntl(-1, Linux.F_SETFL, 0);
    return abi;
  }

  /** Why libc can't be used here; empty when it can. */
  public static Optional<String> whyUnusable() {
    return Optional.ofNullable(WHY_NOT);
  }

  /** The numbers of this machine. */
  static LinuxAbi abi() {
    if (ABI == null) {
      throw new IllegalStateException("Cannot call libc here: " + WHY_NOT + ".");
    }
    return ABI;
  }
}
