// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * Decides on which file systems a state may lie. SQLite shares memory and locks between its
 * connections, which only local file systems do reliably. Stateless.
 */
final class StateFileSystems {
  private static final Set<String> LOCAL =
      Set.of(
          "apfs",
          "bcachefs",
          "btrfs",
          "ext2",
          "ext3",
          "ext4",
          "f2fs",
          "hfs",
          "jfs",
          "ntfs",
          "overlay",
          "overlayfs",
          "ramfs",
          "reiserfs",
          "tmpfs",
          "ufs",
          "xfs",
          "zfs");

  private StateFileSystems() {}

  /**
   * Refuses a file system that is not known to be local.
   *
   * @param type its type as the operating system names it, such as {@code ext4}
   * @throws ProviderException UNSUPPORTED
   */
  static void requireLocal(Path file, String type) throws ProviderException {
    if (LOCAL.contains(type.toLowerCase(Locale.ROOT))) {
      return;
    }
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot open the state "
            + file
            + ": it lies on a file system of type \""
            + type
            + "\", where locks between hosts are not certain. Put it on a local disk (ext4, xfs,"
            + " btrfs, zfs), or call exclusive() on the builder and make sure that one process"
            + " alone opens it.");
  }
}
