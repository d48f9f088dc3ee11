// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Tells a Lustre file system from another one that had its name before: a random number that is
 * kept with its root directory, where only a privileged process can set it.
 */
public final class FileSystemInstance {
  /** The extended attribute of the root directory. */
  public static final PathBytes XATTR = PathBytes.of("trusted.kmesh.instance");

  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

  private FileSystemInstance() {}

  /**
   * The instance of a file system; drawn and kept when it has none.
   *
   * @throws ProviderException DENIED or UNSUPPORTED when it can't be kept
   */
  public static String of(LustreBinding lustre) throws IOException {
    try (PosixDirectory root = lustre.tree().openRoot()) {
      Optional<byte[]> there = root.xattr(XATTR);
      if (there.isEmpty()) {
        keep(root, lustre.tree().capabilities().contains(PosixCapability.SYNC));
        there = root.xattr(XATTR);
      }
      String text = new String(there.orElse(new byte[0]), StandardCharsets.US_ASCII);
      if (!FORM.matcher(text).matches()) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot tell which file system "
                + lustre.description()
                + " is: "
                + XATTR
                + " of its root directory is not 32 hexadecimal digits. Set it to those in the"
                + " repository's catalog, or remove it to begin a new one.");
      }
      return text;
    }
  }

  /**
   * The instance of a file system, where one is kept and the caller may see it. Changes nothing.
   */
  public static Optional<String> find(LustreBinding lustre) throws IOException {
    try (PosixDirectory root = lustre.tree().openRoot()) {
      return root.xattr(XATTR)
          .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
          .filter(text -> FORM.matcher(text).matches());
    }
  }

  private static void keep(PosixDirectory root, boolean isSyncing) throws IOException {
    byte[] drawn = RandomIds.attempt().getBytes(StandardCharsets.US_ASCII);
    try {
      root.setXattr(XATTR, drawn, XattrMode.CREATE);
      // Else catalogs name an instance that is lost with the power, and their files with it.
      if (isSyncing) {
        root.sync(SyncMode.ALL);
      }
    } catch (ProviderException e) {
      boolean isSetByAnother =
          e.kind() == ErrorKind.EXISTS || e.errno().equals(Optional.of(Errno.EEXIST));
      if (!isSetByAnother) {
        throw e;
      }
    }
  }
}
