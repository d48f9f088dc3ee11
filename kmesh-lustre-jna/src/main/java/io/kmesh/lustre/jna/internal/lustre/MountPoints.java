// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Finds the mounts of Lustre on this machine by liblustreapi. */
public final class MountPoints {
  /** liblustreapi takes each buffer to be of PATH_MAX bytes, the name's too. */
  private static final int PATH_MAX = 4096;

  private static final int NAME_AT = PATH_MAX;
  private static final int PATH_AT = 2 * PATH_MAX;
  private static final int MOST_MOUNTS = 4096;

  private MountPoints() {}

  /**
   * A mount.
   *
   * @param directory its absolute path
   * @param fileSystem the file system's name
   */
  public record Mount(PathBytes directory, String fileSystem) {}

  /** All mounts of Lustre. */
  public static List<Mount> all() throws IOException {
    LustreLibrary library = LustreLibrary.get();
    library.require(MountCalls.class, "list the mounts of", "Lustre");
    List<Mount> found = new ArrayList<>();
    try (NativeBuffer buffer = NativeBuffer.take()) {
      for (int i = 0; i < MOST_MOUNTS; i++) {
        int r = search(buffer, PathBytes.EMPTY, i);
        if (r == -Linux.ENODEV) {
          break;
        }
        if (r < 0) {
          throw LustreFailures.of("list the mounts of", "Lustre", r);
        }
        found.add(mount(buffer));
      }
    }
    return found;
  }

  /**
   * The mount that a path lies in.
   *
   * @throws ProviderException UNSUPPORTED when it lies in none
   */
  static Mount of(PathBytes path) throws IOException {
    LustreLibrary.get().require(MountCalls.class, "find the mount of", path);
    if (path.length() >= PATH_MAX) {
      throw LustreFailures.of("find the mount of", path, -Linux.ENAMETOOLONG);
    }
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int r = search(buffer, path, 0);
      if (r < 0) {
        throw notLustre(path, r);
      }
      return mount(buffer);
    }
  }

  private static ProviderException notLustre(PathBytes path, int r) {
    Errno errno = Errno.of(r);
    boolean isMissing = errno.equals(Errno.ENOENT) || errno.equals(Errno.ENOTDIR);
    String reason =
        isMissing ? "there is no such directory" : "it does not lie on a mounted Lustre";
    return new ProviderException(
        isMissing ? ErrorKind.NOT_FOUND : ErrorKind.UNSUPPORTED,
        "Cannot attach "
            + path
            + ": "
            + errno
            + ", "
            + reason
            + ". Name the mount point of a Lustre client, as `mount -t lustre` lists them.",
        null,
        errno,
        null,
        null);
  }

  private static int search(NativeBuffer buffer, PathBytes path, int index)
      throws ProviderException {
    buffer.bytes().put(0, (byte) 0).put(NAME_AT, (byte) 0);
    return MountCalls.llapi_search_mounts(
        path.isEmpty() ? 0 : CText.write(buffer, PATH_AT, path),
        index,
        buffer.address(),
        buffer.address() + NAME_AT);
  }

  private static Mount mount(NativeBuffer buffer) {
    String name = CText.read(buffer, NAME_AT, PATH_MAX).toString();
    int slash = name.indexOf('/'); // of the mount of a subdirectory, on some releases
    return new Mount(CText.read(buffer, 0, PATH_MAX), slash < 0 ? name : name.substring(0, slash));
  }
}
