// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The OST pools of a file system by name, by liblustreapi. Thread-safe. */
final class Pools {
  private static final int EOVERFLOW = 75;
  private static final int NAME_BYTES = 256;
  private static final int FEW = 512;
  private static final int MANY = 65536;

  private final LustreMount mount;

  Pools(LustreMount mount) {
    this.mount = mount;
  }

  /** A function that fills a list of texts. */
  private interface Listing {
    int of(long name, long list, int listSize, long buffer, int bufferSize);
  }

  /** The pools' names without the file system's. */
  List<String> names() throws IOException {
    String action = "list the pools of";
    String prefix = mount.fileSystem() + ".";
    List<String> names = new ArrayList<>();
    for (PathBytes found : list(action, mount.fileSystem(), PoolCalls::llapi_get_poollist)) {
      String name = found.toString();
      names.add(name.startsWith(prefix) ? name.substring(prefix.length()) : name);
    }
    return names;
  }

  /** The UUIDs of a pool's OSTs. */
  List<PathBytes> members(String pool) throws IOException {
    return list(
        "list the OSTs of the pool " + pool + " of",
        mount.fileSystem() + "." + pool,
        PoolCalls::llapi_get_poolmembers);
  }

  private List<PathBytes> list(String action, String name, Listing listing) throws IOException {
    mount.library().require(PoolCalls.class, action, mount);
    for (int most = FEW; ; most = MANY) {
      int texts = NAME_BYTES + 8 * most;
      int size = 64 * most;
      try (NativeBuffer buffer = NativeBuffer.take(texts + size)) {
        long nameAt = CText.write(buffer, 0, PathBytes.of(name));
        int r =
            listing.of(nameAt, buffer.address() + NAME_BYTES, most, buffer.address() + texts, size);
        if (r == -EOVERFLOW && most == FEW) {
          continue;
        }
        if (r == -Linux.ENOENT || r == -Linux.ENODEV) {
          return List.of(); // a file system without pools has no list of them
        }
        LustreMount.check(r, action, mount);
        List<PathBytes> found = new ArrayList<>();
        for (int i = 0; i < Math.min(r, most); i++) {
          // The list's addresses point into the buffer; nothing else is read.
          long at = buffer.bytes().getLong(NAME_BYTES + 8 * i) - buffer.address();
          if (at >= texts && at < texts + size) {
            found.add(CText.read(buffer, (int) at, (int) Math.min(256, texts + size - at)));
          }
        }
        return found;
      }
    }
  }
}
