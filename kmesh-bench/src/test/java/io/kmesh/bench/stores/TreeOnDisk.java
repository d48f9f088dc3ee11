// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A tree that is made, changed and described by the JDK alone, so that it is no part of Kmesh that
 * says whether Kmesh kept it. One thread.
 */
final class TreeOnDisk {
  private static final LinkOption[] HERE = {LinkOption.NOFOLLOW_LINKS};
  private static final String[] NAMES = {
    "plain",
    "with space",
    "100%",
    "é",
    "\uff5e",
    "\ud83d\ude00",
    "dots...",
    "-rf",
    "a\\b",
    "#",
    ".rc"
  };

  private final Path root;
  private final Random random;
  private int made;

  /** A tree in a folder, which is made, whose changes follow from a seed. */
  TreeOnDisk(Path root, long seed) throws IOException {
    this.root = Files.createDirectories(root);
    this.random = new Random(seed);
  }

  Path root() {
    return root;
  }

  /**
   * Fills an empty tree: names of all kinds, links, attributes, an empty file, one larger than a
   * part.
   *
   * @param files how many small files
   * @param large the bytes of the large one
   */
  void fill(int files, int large) throws IOException {
    for (String folder : List.of("a", "a/b", "a/b/c", "empty", "deep/er/still")) {
      Files.createDirectories(root.resolve(folder));
    }
    for (String name : NAMES) {
      write(root.resolve("a").resolve(name), 1 + random.nextInt(3_000));
    }
    for (int i = 0; i < files; i++) {
      write(folder().resolve("f" + made++), random.nextInt(4_000));
    }
    write(root.resolve("none"), 0);
    write(root.resolve("large"), large);
    Files.createLink(root.resolve("a/second"), root.resolve("large"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("a/plain"));
    Files.createSymbolicLink(root.resolve("broken"), Path.of("../no/é"));
    Files.setPosixFilePermissions(
        root.resolve("none"), PosixFilePermissions.fromString("r--r-----"));
    Files.setPosixFilePermissions(
        root.resolve("empty"), PosixFilePermissions.fromString("rwx--x--x"));
    Files.setAttribute(root.resolve("empty"), "unix:mode", 0041711);
    setXattr(root.resolve("a/plain"), "colour", "red");
    setTime(root.resolve("none"), -7, 123_456_789);
    setTime(root.resolve("empty"), 1_000_000_001, 999_999_999);
  }

  /** Fills an empty tree with what other tools can keep: files and directories. */
  void fillForOthers(int files, int large) throws IOException {
    Files.createDirectories(root.resolve("a/b"));
    Files.createDirectories(root.resolve("deep/er/still"));
    for (String name : List.of("plain", "with space", "é", "\ud83d\ude00", "-rf", "#", ".rc")) {
      write(root.resolve("a").resolve(name), 1 + random.nextInt(3_000));
    }
    for (int i = 0; i < files; i++) {
      write(folder().resolve("f" + made++), random.nextInt(4_000));
    }
    write(root.resolve("deep/er/still/one"), 10);
    write(root.resolve("none"), 0);
    write(root.resolve("large"), large);
    Files.setPosixFilePermissions(
        root.resolve("none"), PosixFilePermissions.fromString("r--r-----"));
    Files.setPosixFilePermissions(
        root.resolve("a/plain"), PosixFilePermissions.fromString("rwxr-x--x"));
    setTime(root.resolve("none"), 1_000_000_001, 999_999_000);
    setTime(root.resolve("a/plain"), 1_234_567_890, 123_456_789);
  }

  /** Makes some changes of all kinds. */
  void storm(int changes) throws IOException {
    for (int i = 0; i < changes; i++) {
      change();
    }
  }

  private void change() throws IOException {
    List<Path> files = all().filter(TreeOnDisk::isSmall).toList();
    Path one = files.get(random.nextInt(files.size()));
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> write(folder().resolve("n" + made++), random.nextInt(6_000));
      case 3, 4 -> write(one, random.nextInt(2_000));
      case 5 -> Files.write(one, new byte[] {1}, java.nio.file.StandardOpenOption.APPEND);
      case 6 -> Files.move(one, folder().resolve("m" + made++));
      case 7 -> {
        if (files.size() > 20) {
          Files.delete(one);
        }
      }
      case 8 ->
          Files.setPosixFilePermissions(
              one,
              PosixFilePermissions.fromString(random.nextBoolean() ? "rw-r-----" : "rwxr-xr-x"));
      case 9 -> setTime(one, 1_600_000_000 + random.nextInt(1000), random.nextInt(1_000_000_000));
      case 10 -> {
        Path moved = folder();
        if (!moved.equals(root) && all().filter(p -> p.startsWith(moved)).count() < 10) {
          Path to = root.resolve("d" + made++);
          Files.move(moved, to);
        } else {
          Files.createDirectory(moved.resolve("d" + made++));
        }
      }
      default -> Files.createSymbolicLink(folder().resolve("l" + made++), Path.of("x" + made));
    }
  }

  /** The large file stays, so that what a change costs is known. */
  private static boolean isSmall(Path path) {
    return Files.isRegularFile(path, HERE) && path.toFile().length() < 1 << 20;
  }

  private Path folder() throws IOException {
    List<Path> folders = all().filter(p -> Files.isDirectory(p, HERE)).toList();
    return folders.get(random.nextInt(folders.size()));
  }

  /** In a fixed order, so that a seed gives one tree. */
  private Stream<Path> all() throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.sorted().toList().stream();
    }
  }

  private void write(Path file, int size) throws IOException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    Files.write(file, bytes);
  }

  static void setTime(Path path, long seconds, int nanos) throws IOException {
    Files.setLastModifiedTime(path, FileTime.from(java.time.Instant.ofEpochSecond(seconds, nanos)));
  }

  private static void setXattr(Path path, String name, String value) throws IOException {
    Files.getFileAttributeView(path, UserDefinedFileAttributeView.class)
        .write(name, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Whether times and attributes are compared too. */
  enum Detail {
    /** All that Kmesh keeps. */
    EVERYTHING,
    /** Types, texts of links and bytes. */
    CONTENT,
    /** Types, texts of links and bytes; times of files, to the nanosecond. */
    TIMES,
    /** Types, texts of links and bytes; modes and times, to the nanosecond, of files. */
    FILES
  }

  /** What is below a folder, a line for each path. */
  static Map<String, String> facts(Path root, Detail detail) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    Map<Object, List<String>> names = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root, new FileVisitOption[0])) {
      for (Path path : walk.sorted().toList()) {
        String name = root.relativize(path).toString();
        if (!name.startsWith(".kmesh-")) {
          facts.put(name, line(path, detail, name, names));
        }
      }
    }
    if (detail == Detail.EVERYTHING) {
      names
          .values()
          .forEach(
              group -> group.forEach(name -> facts.merge(name, " is " + group, String::concat)));
    }
    return facts;
  }

  private static String line(Path path, Detail detail, String name, Map<Object, List<String>> names)
      throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, "unix:*", HERE);
    StringBuilder line = new StringBuilder();
    boolean isFile = Files.isRegularFile(path, HERE);
    if (Files.isSymbolicLink(path)) {
      line.append("link to ").append(Files.readSymbolicLink(path));
    } else if (isFile) {
      line.append("file ").append(Files.size(path)).append(' ').append(digest(path));
      if ((Integer) attributes.get("nlink") > 1) {
        names.computeIfAbsent(attributes.get("ino"), i -> new ArrayList<>()).add(name);
      }
    } else {
      line.append(Files.isDirectory(path, HERE) ? "directory" : "special");
    }
    if (detail == Detail.EVERYTHING || (detail == Detail.FILES && isFile)) {
      line.append(" mode ").append(Integer.toOctalString((Integer) attributes.get("mode")));
    }
    if (detail == Detail.EVERYTHING || (detail != Detail.CONTENT && isFile)) {
      line.append(" mtime ")
          .append(((FileTime) attributes.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS));
    }
    if (detail == Detail.EVERYTHING) {
      line.append(" owner ")
          .append(attributes.get("uid"))
          .append(':')
          .append(attributes.get("gid"));
      line.append(xattrs(path));
    }
    return line.toString();
  }

  private static String xattrs(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return "";
    }
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
    Map<String, String> all = new TreeMap<>();
    for (String name : view.list()) {
      ByteBuffer value = ByteBuffer.allocate(view.size(name));
      view.read(name, value);
      all.put(name, HexFormat.of().formatHex(Arrays.copyOf(value.array(), value.position())));
    }
    return all.isEmpty() ? "" : " xattrs " + all;
  }

  private static String digest(Path path) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(path)), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Removes a tree; it need not be there. */
  static void remove(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      return;
    }
  }
}
