// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** The same calls on a virtual copy and on a plain directory lead to the same. */
class CopyModelTest {
  private static final int MIB = 1 << 20;
  private static final List<String> PATHS =
      List.of(
          "a",
          "b",
          "c",
          "d",
          "a/a",
          "a/b",
          "a/c",
          "b/a",
          "b/b",
          "d/a",
          "d/b",
          "a/a/a",
          "a/a/b",
          "b/a/c",
          "d/a/a",
          "nowhere/a");

  private static FsWorld world;
  private static Path folder;
  private static String snapshot;
  private static int number;

  @BeforeContainer
  static void open() throws IOException {
    folder = Files.createTempDirectory("kmesh-model");
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    fill(source);
    snapshot = world.take(source);
  }

  @AfterContainer
  static void close() throws IOException {
    world.close();
    delete(folder);
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted((x, y) -> y.compareTo(x)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  static void fill(Path top) throws IOException {
    Files.createDirectories(top.resolve("a/a"));
    Files.createDirectory(top.resolve("b"));
    Files.write(top.resolve("a/a/a"), random(1, 2 * MIB + 500_000));
    Files.write(top.resolve("a/b"), random(2, 3000));
    Files.createLink(top.resolve("b/b"), top.resolve("a/b"));
    Files.write(top.resolve("b/a"), random(3, MIB));
    Files.createSymbolicLink(top.resolve("a/c"), Path.of("a"));
    Files.write(top.resolve("c"), new byte[0]);
    for (String path : List.of("a/a/a", "a/b", "b/a", "c", "a/a", "a", "b")) {
      Files.setLastModifiedTime(top.resolve(path), FileTime.fromMillis(1_000_000));
    }
  }

  static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A call on a tree. */
  record Call(int kind, String path, String other, int offset, int length) {
    void on(Path top) throws IOException {
      Path file = top.resolve(path);
      Path second = top.resolve(other);
      switch (kind) {
        case 0 -> Files.createDirectory(file);
        case 1 -> Files.delete(file);
        case 2, 3 -> {
          if (!second.startsWith(file)) {
            Files.move(file, second);
          }
        }
        case 4 -> {
          if (!second.startsWith(file)) {
            Files.move(file, second, StandardCopyOption.REPLACE_EXISTING);
          }
        }
        case 5 -> Files.createLink(file, second);
        case 6 -> Files.createSymbolicLink(file, top.getFileSystem().getPath(last(other)));
        case 7 -> Files.write(file, random(length, length % 5000));
        case 8 -> write(file, StandardOpenOption.CREATE);
        case 9 -> write(file, StandardOpenOption.READ);
        case 10 -> {
          try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            channel.truncate(offset);
          }
        }
        case 11 -> Files.write(file, random(length, length % 3000), StandardOpenOption.APPEND);
        case 12 ->
            Files.setPosixFilePermissions(
                file, PosixFilePermissions.fromString(length % 2 == 0 ? "rwxr-xr--" : "r--r--r-x"));
        case 13 -> Files.copy(file, second);
        case 14 -> Files.setLastModifiedTime(file, FileTime.fromMillis(1000L * length));
        case 15 -> Files.write(file, new byte[1], StandardOpenOption.CREATE_NEW);
        default -> throw new IllegalStateException();
      }
    }

    private void write(Path file, StandardOpenOption more) throws IOException {
      try (SeekableByteChannel channel =
          Files.newByteChannel(file, StandardOpenOption.WRITE, more)) {
        ByteBuffer bytes = ByteBuffer.wrap(random(length, length));
        channel.position(offset);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    }

    private static String last(String path) {
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  @Provide
  Arbitrary<List<Call>> calls() {
    Arbitrary<String> paths = Arbitraries.of(PATHS);
    Arbitrary<Integer> offsets =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 3 * MIB),
            Arbitraries.of(0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB));
    Arbitrary<Integer> lengths =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 10_000),
            Arbitraries.of(MIB, MIB + MIB / 2, 2 * MIB + 17));
    return Combinators.combine(
            Arbitraries.integers().between(0, 15), paths, paths, offsets, lengths)
        .as(Call::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(25);
  }

  static boolean succeeds(Call call, Path top) {
    try {
      call.on(top);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Property(tries = 150)
  void sameCalls_sameTree(@ForAll("calls") List<Call> calls, @ForAll boolean reopens)
      throws IOException {
    Path plain = Files.createDirectory(folder.resolve("plain-" + ++number));
    Path where = folder.resolve("copy-" + number);
    fill(plain);
    Map<String, String> before = facts(plain);
    try {
      VirtualCopy copy = world.copies().create(snapshot, "c", where);
      try {
        Path top = copy.fileSystem().getPath("/");
        assertThat(facts(top)).isEqualTo(before);
        assertThat(copy.changes()).isEmpty();
        for (Call call : calls) {
          boolean expected = succeeds(call, plain);
          assertThat(succeeds(call, top)).as(call.toString()).isEqualTo(expected);
          if (reopens && call.length() % 4 == 0) {
            copy.close();
            copy = world.copies().open(where);
            top = copy.fileSystem().getPath("/");
          }
        }
        assertThat(facts(top)).isEqualTo(facts(plain));
        copy.close();
        copy = world.copies().open(where);
        top = copy.fileSystem().getPath("/");
        assertThat(facts(top)).isEqualTo(facts(plain));
        requireExplained(before, facts(top), copy.changes().toList());
      } finally {
        copy.close();
      }
      world.copies().delete(where);
      assertThat(where).doesNotExist();
    } finally {
      delete(plain);
      if (Files.exists(where)) {
        delete(where);
      }
    }
  }

  /** The changes are what leads from the one tree to the other. */
  private static void requireExplained(
      Map<String, String> base, Map<String, String> now, List<CopyChange> changes) {
    Map<String, CopyChange> places = new TreeMap<>();
    Set<String> changed = new HashSet<>();
    Set<String> removed = new HashSet<>();
    for (CopyChange change : changes) {
      String path = change.path().toString();
      switch (change.kind()) {
        case ADDED, RENAMED -> assertThat(places.put(path, change)).isNull();
        case CHANGED -> changed.add(path);
        case REMOVED -> removed.add(String.valueOf(change.base()));
      }
    }
    // A file with several names is listed once.
    boolean isLinkedChanged =
        changes.stream()
            .filter(c -> c.kind() == CopyChange.Kind.CHANGED)
            .anyMatch(c -> Set.of("a/b", "b/b").contains(String.valueOf(c.base())));
    Set<String> kept = new HashSet<>();
    for (Map.Entry<String, String> entry : now.entrySet()) {
      String from = from(entry.getKey(), places);
      if (from == null) {
        continue;
      }
      kept.add(from);
      assertThat(base).as(entry.getKey() + " of " + changes).containsKey(from);
      boolean isLinked = base.get(from).endsWith("links 2");
      if (!changed.contains(entry.getKey()) && !(isLinked && isLinkedChanged)) {
        assertThat(base.get(from).replaceAll("links.*", ""))
            .as(entry.getKey() + " of " + changes)
            .isEqualTo(entry.getValue().replaceAll("links.*", ""));
      }
    }
    for (String path : base.keySet()) {
      boolean isRemoved =
          removed.stream().anyMatch(r -> path.equals(r) || path.startsWith(r + "/"));
      if (!isRemoved) {
        assertThat(kept).as("what became of " + path + " by " + changes).contains(path);
      }
    }
  }

  private static String from(String path, Map<String, CopyChange> places) {
    for (String at = path; ; at = at.substring(0, at.lastIndexOf('/'))) {
      CopyChange change = places.get(at);
      if (change != null) {
        return change.base() == null ? null : (change.base() + path.substring(at.length()));
      }
      if (at.indexOf('/') < 0) {
        return path;
      }
    }
  }

  /** What is to be equal. */
  static Map<String, String> facts(Path top) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    List<Path> all = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(top)) {
      walk.forEach(all::add);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path path : all) {
      String name = top.relativize(path).toString();
      Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
      StringBuilder line =
          new StringBuilder(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)));
      if (Files.isSymbolicLink(path)) {
        line.append(" to ").append(Files.readSymbolicLink(path));
      } else if (Files.isDirectory(path)) {
        line.append(" directory");
      } else {
        CRC32 crc = new CRC32();
        byte[] bytes = Files.readAllBytes(path);
        crc.update(bytes);
        line.append(" size ").append(bytes.length).append(" crc ").append(crc.getValue());
        assertThat(unix.get("size")).isEqualTo((long) bytes.length);
        if (Files.getLastModifiedTime(path).toMillis() < 100_000_000) {
          line.append(" at ").append(Files.getLastModifiedTime(path));
        }
      }
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        line.append(" links ").append(unix.get("nlink"));
      }
      facts.put(name, line.toString());
    }
    return facts;
  }
}
