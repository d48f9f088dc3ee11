// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;

/** What a tree holds, one line an entry, for comparing two of them. */
public final class TreeFacts {
  private final Map<String, String> lines = new TreeMap<>();
  private final Map<Long, String> firstNames = new HashMap<>();

  private TreeFacts() {}

  /** Everything that must be equal in a copy of the directory at a path, its own line included. */
  public static Map<String, String> of(PosixTree tree, PathBytes path) throws IOException {
    TreeFacts facts = new TreeFacts();
    try (PosixDirectory top = tree.openDirectory(path)) {
      facts.lines.put("", line(top.stat()) + xattrs(top));
      facts.add(top, PathBytes.EMPTY);
    }
    return facts.lines;
  }

  /** The whole tree. */
  public static Map<String, String> of(PosixTree tree) throws IOException {
    return of(tree, PathBytes.EMPTY);
  }

  private void add(PosixDirectory directory, PathBytes path) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> b = cursor.next(); !b.isEmpty(); b = cursor.next()) {
        b.forEach(e -> names.add(e.name()));
      }
    }
    names.sort(null);
    for (PathBytes name : names) {
      PathBytes below = path.resolve(name);
      FileStat stat = directory.stat(name);
      StringBuilder line = new StringBuilder(line(stat));
      if (stat.isDirectory()) {
        try (PosixDirectory d = directory.openDirectory(name)) {
          line.append(xattrs(d));
          lines.put(below.toString(), line.toString());
          add(d, below);
        }
        continue;
      }
      if (stat.links() > 1) {
        line.append(" is ");
        line.append(firstNames.computeIfAbsent(stat.inode(), i -> below.toString()));
      }
      if (stat.type() == FileType.SYMLINK) {
        line.append(" to ").append(directory.readSymlink(name));
      } else if (stat.isRegular()) {
        line.append(" atime ").append(stat.atime());
        try (PosixFile file =
            directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
          line.append(xattrs(file)).append(' ').append(content(file, stat.size()));
        }
      }
      lines.put(below.toString(), line.toString());
    }
  }

  private static String line(FileStat stat) {
    return stat.type()
        + " "
        + Integer.toOctalString(stat.mode())
        + " "
        + stat.uid()
        + ":"
        + stat.gid()
        + " rdev "
        + stat.rdev()
        + (stat.isDirectory() ? "" : " size " + stat.size())
        + " mtime "
        + stat.mtime();
  }

  private static String xattrs(io.kmesh.spi.posix.PosixInode inode) throws IOException {
    Map<String, String> values = new TreeMap<>();
    for (PathBytes name : inode.xattrNames()) {
      inode.xattr(name).ifPresent(v -> values.put(name.toString(), HexFormat.of().formatHex(v)));
    }
    return " " + values;
  }

  private static String content(PosixFile file, long size) throws IOException {
    CRC32 crc = new CRC32();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
    long at = 0;
    while (at < size) {
      int n = file.read(buffer.clear(), at);
      if (n <= 0) {
        return "ends at " + at;
      }
      crc.update(buffer.flip());
      at += n;
    }
    return "crc " + Long.toHexString(crc.getValue());
  }
}
