// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The mounts of this machine as the kernel lists them.
 *
 * @param mounts all of them, in the order in which they were made
 */
record MountTable(List<Mount> mounts) {
  /**
   * A mount. Source: proc(5), /proc/[pid]/mounts.
   *
   * @param device what is mounted
   * @param point where
   * @param type the kind of file system
   * @param options its options
   */
  record Mount(String device, PathBytes point, String type, List<String> options) {
    /** Of a Lustre client its file system's name: what follows the last colon and slash. */
    String fileSystem() {
      String name = device.substring(device.lastIndexOf(":/") + 2);
      int slash = name.indexOf('/');
      return slash < 0 ? name : name.substring(0, slash);
    }

    boolean isLustre() {
      // A server's targets are of the same type on old releases; they name no file system so.
      return type.equals("lustre") && device.contains(":/");
    }
  }

  /** Reads the table; empty where there is none. */
  static MountTable read(Path root) {
    List<Mount> found = new ArrayList<>();
    try {
      // Each byte is a character: names may be of any.
      for (String line :
          Files.readAllLines(root.resolve("proc/self/mounts"), StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(" ", -1);
        if (fields.length >= 4) {
          found.add(
              new Mount(
                  unescaped(fields[0]).toString(),
                  unescaped(fields[1]),
                  fields[2],
                  List.of(fields[3].split(",", -1))));
        }
      }
    } catch (IOException e) {
      return new MountTable(List.of());
    }
    return new MountTable(List.copyOf(found));
  }

  /** The kernel writes blanks, tabs, newlines and backslashes as three octal digits. */
  private static PathBytes unescaped(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\'
          && i + 3 < field.length()
          && field.substring(i + 1, i + 4).matches("[0-7]{3}")) {
        bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return PathBytes.of(bytes.toByteArray());
  }

  /** The clients of Lustre. */
  List<Mount> lustre() {
    return mounts.stream().filter(Mount::isLustre).toList();
  }

  /** The mount that an absolute path lies in. */
  Optional<Mount> of(PathBytes path) {
    Mount best = null;
    for (Mount mount : mounts) {
      boolean isIn = mount.point.length() == 1 || path.isAtOrBelow(mount.point);
      // Of several on one point the last one is seen.
      if (isIn && (best == null || mount.point.length() >= best.point.length())) {
        best = mount;
      }
    }
    return Optional.ofNullable(best);
  }
}
