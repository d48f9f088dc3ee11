// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;

/** Which copytools a mount of this node has. Registers nothing and takes no lock. */
public final class CopytoolPresence {
  private CopytoolPresence() {}

  /** Those of others, in words. */
  public static List<String> foreign(PathBytes mountPoint) throws IOException {
    try (LustreMount mount = LustreMount.open(MountPoints.of(mountPoint))) {
      return ForeignCopytools.find(mount);
    }
  }

  /** The path of the file that a copytool of Kmesh locks. */
  public static String lockFile(PathBytes mountPoint) throws IOException {
    try (LustreMount mount = LustreMount.open(MountPoints.of(mountPoint))) {
      return CopytoolLock.file(mount);
    }
  }
}
