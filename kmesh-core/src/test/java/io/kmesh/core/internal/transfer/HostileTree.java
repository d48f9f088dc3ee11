// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Makes a tree with all that a tree can have and that a copy likes to lose. */
public final class HostileTree {
  /** Bytes of the file with holes: data at 1 MiB and at 5 MiB, 3 KiB each. */
  public static final long SPARSE_SIZE = 9 << 20;

  /** Bytes of the large file. */
  public static final int LARGE_SIZE = (2 << 20) + 12345;

  private static final Set<OpenFlag> NEW = Set.of(OpenFlag.WRITE, OpenFlag.CREATE);

  private final PosixTree tree;
  private final boolean isRoot;

  private HostileTree(PosixTree tree, boolean isRoot) {
    this.tree = tree;
    this.isRoot = isRoot;
  }

  /** Names that break what reads them as text, or as an option, or as a pattern. */
  public static List<PathBytes> names() {
    List<PathBytes> names = new ArrayList<>();
    for (String text :
        List.of(
            "new\nline",
            "tab\t",
            "quote'\"",
            "-rf",
            "*",
            "a\\b",
            " lead",
            "trail ",
            "dots...",
            "100%",
            "é",
            "e\u0301",
            "\u202eright",
            ".kmesh",
            ".kmesh-mine",
            "#",
            "$(x)")) {
      names.add(PathBytes.of(text.getBytes(StandardCharsets.UTF_8)));
    }
    names.add(PathBytes.of(new byte[] {'b', (byte) 0xff, (byte) 0xfe, 1, 127}));
    byte[] longest = new byte[255];
    Arrays.fill(longest, (byte) 0xc3);
    names.add(PathBytes.of(longest));
    return names;
  }

  /** Fills the root of an empty tree. */
  public static void fill(PosixTree tree) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      new HostileTree(tree, root.stat().uid() == 0).fill(root);
    }
  }

  private void fill(PosixDirectory root) throws IOException {
    root.makeDirectory(name("names"), 0755);
    root.makeDirectory(name("odd"), 0755);
    root.makeDirectory(name("links"), 0755);
    root.makeDirectory(name("empty"), 0711);
    int seed = 0;
    try (PosixDirectory names = root.openDirectory(name("names"))) {
      for (PathBytes name : names()) {
        write(names, name, seed++, 10 + seed);
      }
    }
    try (PosixDirectory odd = root.openDirectory(name("odd"));
        PosixDirectory links = root.openDirectory(name("links"))) {
      files(odd);
      write(odd, name("one"), 1, 1000);
      odd.link(name("one"), links, name("two"));
      odd.link(name("one"), root, name("a-third"));
      links.makeSymlink(name("dangling"), PathBytes.of("../nowhere"));
      links.makeSymlink(name("loop"), PathBytes.of("loop"));
      links.makeSymlink(name("out"), PathBytes.of("/nowhere/outside"));
      links.makeSymlink(name("odd"), PathBytes.of(new byte[] {'x', (byte) 0xff, '\n'}));
      for (String link : List.of("dangling", "loop", "out", "odd")) {
        links.setTimes(name(link), new FileTime(7, 1), new FileTime(1_234_567, 987_654_321));
      }
      links.setTimes(new FileTime(5, 0), new FileTime(1_000_000_001, 999_999_999));
      odd.setTimes(new FileTime(5, 0), new FileTime(2_000_000_001, 1));
    }
    deep(root);
    root.setMode(name("empty"), 01777);
    root.setTimes(name("empty"), new FileTime(1, 0), new FileTime(-2, 500_000_000));
    root.setTimes(name("names"), new FileTime(1, 0), new FileTime(3, 3));
    root.setTimes(new FileTime(11, 0), new FileTime(1_500_000_000, 123_456_789));
  }

  private void files(PosixDirectory odd) throws IOException {
    write(odd, name("nothing"), 1, 0);
    write(odd, name("large"), 2, LARGE_SIZE);
    try (PosixFile sparse = odd.openFile(name("sparse"), NEW)) {
      sparse.truncate(SPARSE_SIZE);
      sparse.write(ByteBuffer.wrap(random(3, 3000)), 1 << 20);
      sparse.write(ByteBuffer.wrap(random(4, 3000)), 5 << 20);
      sparse.setTimes(new FileTime(1, 0), new FileTime(99, 1));
    }
    try (PosixFile hole = odd.openFile(name("hole"), NEW)) {
      hole.truncate(1 << 20);
    }
    // Only root reads a file of mode 0.
    for (int mode : new int[] {isRoot ? 0 : 0444, 0400, 0777, 04755, 02755, 06711}) {
      PathBytes name = name("mode-" + Integer.toOctalString(mode));
      write(odd, name, mode, 5);
      odd.setMode(name, mode);
    }
    write(odd, name("xattrs"), 8, 100);
    try (PosixFile file = odd.openFile(name("xattrs"), Set.of())) {
      file.setXattr(name("user.empty"), new byte[0], XattrMode.SET);
      file.setXattr(name("user.bytes"), random(9, 1000), XattrMode.SET);
      file.setXattr(
          PathBytes.of(new byte[] {'u', 's', 'e', 'r', '.', (byte) 0xff}),
          new byte[] {0},
          XattrMode.SET);
      file.setXattr(name("system.posix_acl_access"), acl(), XattrMode.SET);
      if (isRoot) {
        file.setXattr(name("trusted.other"), new byte[] {1}, XattrMode.SET);
      }
      file.setTimes(new FileTime(1, 2), new FileTime(3, 4));
    }
    odd.makeDirectory(name("acl"), 0750);
    try (PosixDirectory acl = odd.openDirectory(name("acl"))) {
      write(acl, name("plain"), 1, 10);
      acl.makeDirectory(name("below"), 0700);
      acl.setXattr(name("system.posix_acl_default"), acl(), XattrMode.SET);
      acl.setXattr(name("user.of-a-directory"), new byte[] {1}, XattrMode.SET);
    }
    odd.makeNode(name("fifo"), FileType.FIFO, 0640, 0);
    odd.makeNode(name("socket"), FileType.SOCKET, 0600, 0);
    if (isRoot) {
      odd.makeNode(name("device"), FileType.CHARACTER_DEVICE, 0666, 1L << 32 | 3);
      odd.setOwner(name("mode-4755"), 1234, 4_000_000_000L);
      odd.setMode(name("mode-4755"), 04755);
      odd.setOwner(name("acl"), 1234, 5678);
    }
    for (String special : List.of("fifo", "socket")) {
      odd.setTimes(name(special), new FileTime(1, 0), new FileTime(77, 7));
    }
  }

  private void deep(PosixDirectory root) throws IOException {
    PathBytes path = PathBytes.EMPTY;
    PosixDirectory at = root;
    for (int i = 0; i < 60; i++) {
      PathBytes name = name("level-" + i);
      at.makeDirectory(name, 0755);
      path = path.resolve(name);
      PosixDirectory below = tree.openDirectory(path);
      if (at != root) {
        at.close();
      }
      at = below;
    }
    write(at, name("bottom"), 1, 10);
    at.close();
  }

  private static PathBytes name(String text) {
    return PathBytes.of(text);
  }

  /** Makes a file with content and a time of its own. */
  public static void write(PosixDirectory directory, PathBytes name, int seed, int size)
      throws IOException {
    try (PosixFile file = directory.openFile(name, NEW)) {
      file.write(ByteBuffer.wrap(random(seed, size)), 0);
      file.setTimes(
          new FileTime(1_400_000_000 + seed, 1), new FileTime(1_300_000_000 + seed, 123_456_789));
    }
  }

  /** Reproducible bytes. */
  public static byte[] random(int seed, int size) {
    byte[] bytes = new byte[size];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /** An access control list with one named user, as the kernel gives it. */
  private static byte[] acl() {
    ByteBuffer acl = ByteBuffer.allocate(4 + 5 * 8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    acl.putInt(2);
    int[][] entries = {{1, 6, -1}, {2, 4, 1234}, {4, 4, -1}, {16, 4, -1}, {32, 0, -1}};
    for (int[] entry : entries) {
      acl.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
    }
    return acl.array();
  }
}
