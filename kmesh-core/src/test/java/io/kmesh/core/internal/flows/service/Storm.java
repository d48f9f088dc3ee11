// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Random changes of a tree, as programs make them; the same ones for a seed. */
public final class Storm {
  private static final int MOST_ENTRIES = 120;
  private static final Set<PosixFilePermission> OWNER =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private final Path top;
  private final Random random;
  private int number;

  /** Begins. */
  public Storm(Path top, long seed) {
    this.top = top;
    this.random = new Random(seed);
  }

  /** One change, or none where the one that was drawn can't be made. */
  public void step() throws IOException {
    List<Path> directories = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(top)) {
      all.sorted()
          .forEach(
              p -> (Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS) ? directories : files).add(p));
    }
    Path parent = any(directories);
    Path fresh = parent.resolve("n" + number++);
    if (directories.size() + files.size() > MOST_ENTRIES) {
      remove(any(files.isEmpty() ? directories : files));
      return;
    }
    switch (random.nextInt(14)) {
      case 0, 1, 2 -> Files.write(fresh, bytes(random.nextInt(3000)));
      case 3 -> Files.createDirectory(fresh);
      case 4 -> Files.createSymbolicLink(fresh, Path.of("to/" + number));
      case 5 -> {
        if (!files.isEmpty()) {
          Files.createLink(fresh, any(files));
        }
      }
      case 6 -> {
        Path directory = any(directories);
        if (!directory.equals(top) && !parent.startsWith(directory)) {
          Files.move(directory, fresh);
        }
      }
      case 7 -> {
        if (!files.isEmpty()) {
          Files.move(any(files), fresh);
        }
      }
      case 8 -> {
        if (files.size() > 1) {
          Path from = any(files);
          Path over = any(files);
          if (!from.equals(over)) {
            Files.move(from, over, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
      case 9 -> {
        Path file = regular(files);
        if (file != null) {
          Files.write(file, bytes(random.nextInt(500)), StandardOpenOption.APPEND);
        }
      }
      case 10 -> {
        Path file = regular(files);
        if (file != null) {
          Files.write(file, bytes(random.nextInt(5)), StandardOpenOption.TRUNCATE_EXISTING);
        }
      }
      case 11 -> {
        Path file = regular(files);
        if (file != null) {
          Files.setPosixFilePermissions(
              file, random.nextBoolean() ? OWNER : Set.of(PosixFilePermission.OWNER_READ));
        }
      }
      case 12 -> {
        Path file = regular(files);
        if (file != null) {
          Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L * random.nextInt(1000)));
        }
      }
      default -> {
        Path gone = any(random.nextInt(4) == 0 || files.isEmpty() ? directories : files);
        boolean isAgain = random.nextBoolean() && !Files.isDirectory(gone);
        remove(gone);
        if (isAgain) {
          Files.write(gone, bytes(random.nextInt(100)));
        }
      }
    }
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private Path any(List<Path> paths) {
    return paths.get(random.nextInt(paths.size()));
  }

  private @org.jspecify.annotations.Nullable Path regular(List<Path> files) {
    List<Path> regular =
        files.stream().filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList();
    return regular.isEmpty() ? null : any(regular);
  }

  private void remove(Path path) throws IOException {
    if (path.equals(top)) {
      return;
    }
    List<Path> below;
    try (Stream<Path> all = Files.walk(path)) {
      below = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path one : below) {
      Files.delete(one);
    }
  }
}
