// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All that there is to compare of a tree, by path. */
final class TreeManifest {
  private TreeManifest() {}

  static Map<String, String> of(PosixTree tree) throws IOException {
    return of(tree, true);
  }

  /** Without the bytes, which may not be there any more. */
  static Map<String, String> names(PosixTree tree) throws IOException {
    return of(tree, false);
  }

  private static Map<String, String> of(PosixTree tree, boolean isWhole) throws IOException {
    Map<String, String> manifest = new TreeMap<>();
    Map<Long, String> groups = new TreeMap<>();
    try (PosixDirectory root = tree.openRoot()) {
      manifest.put("", attributes(root.stat()));
      add(root, PathBytes.EMPTY, isWhole, manifest, groups);
    }
    return manifest;
  }

  private static String attributes(FileStat stat) {
    String text =
        stat.type()
            + " "
            + Integer.toOctalString(stat.mode())
            + " "
            + stat.uid()
            + ":"
            + stat.gid()
            + " "
            + stat.mtime().seconds()
            + "."
            + stat.mtime().nanos();
    return stat.isDirectory()
        ? text
        : text + " " + stat.size() + " " + stat.rdev() + " links " + stat.links();
  }

  private static void add(
      PosixDirectory directory,
      PathBytes path,
      boolean isWhole,
      Map<String, String> manifest,
      Map<Long, String> groups)
      throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        for (DirectoryEntry entry : some) {
          add(directory, path.resolve(entry.name()), entry, isWhole, manifest, groups);
        }
      }
    }
  }

  private static void add(
      PosixDirectory directory,
      PathBytes path,
      DirectoryEntry entry,
      boolean isWhole,
      Map<String, String> manifest,
      Map<Long, String> groups)
      throws IOException {
    PathBytes name = entry.name();
    FileStat stat = directory.stat(name);
    assertThat(entry.inode()).isEqualTo(stat.inode());
    assertThat(entry.type().orElse(stat.type())).isEqualTo(stat.type());
    StringBuilder text = new StringBuilder(attributes(stat));
    for (PathBytes xattr : directory.xattrNames(name).stream().sorted().toList()) {
      if (XattrFilter.isContent(xattr)) {
        byte[] value = directory.xattr(name, xattr).orElseThrow();
        text.append(' ').append(xattr).append('=').append(Arrays.toString(value));
      }
    }
    if (stat.isDirectory()) {
      try (PosixDirectory below = directory.openDirectory(name)) {
        add(below, path, isWhole, manifest, groups);
      }
    } else if (stat.type() == FileType.SYMLINK) {
      text.append(" to ").append(directory.readSymlink(name));
    } else if (stat.isRegular() && isWhole) {
      try (PosixFile file = directory.openFile(name, Set.of(OpenFlag.READ))) {
        text.append(' ').append(Arrays.hashCode(bytes(file)));
      }
    }
    manifest.put(path.toString(), text.toString());
    if (stat.links() > 1 && !stat.isDirectory()) {
      groups(path, stat, manifest, groups);
    }
  }

  /** Which names lead to the same file. */
  private static void groups(
      PathBytes path, FileStat stat, Map<String, String> manifest, Map<Long, String> groups) {
    String names = groups.getOrDefault(stat.inode(), "");
    if (!names.isEmpty()) {
      manifest.remove("group " + names);
    }
    String more =
        String.join(
            " ",
            java.util.stream.Stream.concat(
                    Arrays.stream(names.split(" ")), java.util.stream.Stream.of(path.toString()))
                .filter(name -> !name.isEmpty())
                .sorted()
                .toList());
    groups.put(stat.inode(), more);
    manifest.put("group " + more, "");
  }

  static byte[] bytes(PosixFile file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) file.stat().size());
    while (buffer.hasRemaining()) {
      int limit = buffer.limit();
      buffer.limit(Math.min(limit, buffer.position() + 4096));
      assertThat(file.read(buffer, buffer.position())).isPositive();
      buffer.limit(limit);
    }
    return buffer.array();
  }
}
