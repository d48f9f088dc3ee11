// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Users of a tree that a flow changes at the same time. They know what they take away: a file is
 * written by the channel through which it was read, and what is removed is moved out and looked at
 * then. So each text that they wrote and did not give up must be somewhere.
 */
final class CarefulUsers {
  /** Texts of users whose names begin with one of so many neighbouring letters differ in size. */
  private static final int STRIDE = 8;

  /** What they wrote, each text once. */
  final Set<String> written = new HashSet<>();

  /** What they wrote over or removed, knowing it. */
  final Set<String> given = new HashSet<>();

  private final Path top;
  private final Path trash;
  private final String name;
  private final Random random;
  private int number;

  /**
   * Users of a tree.
   *
   * @param trash a directory of the same file system
   * @param name no other users have it
   */
  CarefulUsers(Path top, Path trash, String name, Random random) throws IOException {
    this.top = top;
    this.trash = Files.createDirectories(trash);
    this.name = name;
    this.random = random;
  }

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".kmesh");
  }

  /** All entries below a directory, but the flow's own; what goes meanwhile is left out. */
  private static List<Path> all(Path directory) {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> in = Files.list(directory)) {
      for (Path path : in.sorted().toList()) {
        if (!isHidden(path)) {
          found.add(path);
          if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            found.addAll(all(path));
          }
        }
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      return found;
    }
    return found;
  }

  /** The texts of the files below a directory. */
  static Set<String> texts(Path directory) throws IOException {
    Set<String> texts = new HashSet<>();
    for (Path path : all(directory)) {
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        texts.add(Files.readString(path));
      }
    }
    return texts;
  }

  /** The texts that the flow moved out of its way. */
  Set<String> displaced() throws IOException {
    Set<String> texts = new HashSet<>();
    try (Stream<Path> hidden = Files.list(top)) {
      for (Path flow : hidden.filter(CarefulUsers::isHidden).toList()) {
        Path kept = flow.resolve("displaced");
        if (Files.isDirectory(kept)) {
          texts.addAll(texts(kept));
        }
      }
    }
    return texts;
  }

  private String text() {
    // Files of one size and time are taken for equal, and many have the time of one tick.
    int size = STRIDE * ++number + name.charAt(0) % STRIDE;
    String text = name + " ".repeat(size) + number;
    written.add(text);
    return text;
  }

  /** One change; none where the flow was faster. */
  void step() throws IOException {
    try {
      change();
    } catch (FileSystemException e) {
      // Not there any more, or there by now.
    }
  }

  private void change() throws IOException {
    List<Path> directories = new ArrayList<>(List.of(top));
    List<Path> files = new ArrayList<>();
    for (Path path : all(top)) {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        directories.add(path);
      } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        files.add(path);
      }
    }
    Path in = directories.get(random.nextInt(directories.size()));
    Path to = in.resolve(String.valueOf((char) ('a' + random.nextInt(6))));
    if (files.size() < 5) {
      create(to);
      return;
    }
    Path file = files.get(random.nextInt(files.size()));
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> create(to);
      case 3 -> Files.createDirectory(to);
      case 4, 5 -> write(file);
      case 6 -> rename(file, to);
      case 7 -> remove(file);
      case 8 -> {
        Path directory = directories.get(random.nextInt(directories.size()));
        if (random.nextInt(3) == 0 && !directory.equals(top)) {
          remove(directory);
        } else if (!directory.equals(top) && !in.startsWith(directory)) {
          Files.move(directory, in.resolve(name + "-moved" + ++number));
        }
      }
      default ->
          Files.setPosixFilePermissions(
              file,
              PosixFilePermissions.fromString(random.nextBoolean() ? "rw-r-----" : "rw-------"));
    }
  }

  private void create(Path file) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      out.write(StandardCharsets.UTF_8.encode(text()));
    }
  }

  private void write(Path file) throws IOException {
    try (FileChannel both =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer old = ByteBuffer.allocate((int) both.size());
      both.read(old, 0);
      given.add(StandardCharsets.UTF_8.decode(old.flip()).toString());
      both.truncate(0);
      both.write(StandardCharsets.UTF_8.encode(text()), 0);
    }
  }

  private void rename(Path file, Path to) throws IOException {
    Files.createLink(to, file); // never over another one
    Object key = Files.readAttributes(to, "unix:ino").get("ino");
    Path out = moveOut(file);
    if (!key.equals(Files.readAttributes(out, "unix:ino").get("ino"))) {
      giveUp(out);
    } else {
      Files.delete(out);
    }
  }

  private Path moveOut(Path path) throws IOException {
    return Files.move(path, trash.resolve(name + ++number));
  }

  private void remove(Path path) throws IOException {
    giveUp(moveOut(path));
  }

  private void giveUp(Path out) throws IOException {
    if (Files.isDirectory(out, LinkOption.NOFOLLOW_LINKS)) {
      given.addAll(texts(out));
    } else {
      given.add(Files.readString(out));
      Files.delete(out);
    }
  }
}
