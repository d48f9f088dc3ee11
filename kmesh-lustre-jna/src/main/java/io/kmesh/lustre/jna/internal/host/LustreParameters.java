// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * What lctl get_param reads, from files. Which of the places has a parameter differs between
 * releases, so each is looked at. Thread-safe.
 */
public final class LustreParameters {
  private static final List<String> PLACES =
      List.of("sys/fs/lustre", "proc/fs/lustre", "sys/kernel/debug/lustre");

  /** The system property that names another folder that /proc and /sys are in. */
  public static final String ROOT_PROPERTY = "kmesh.lustre.parameters";

  private final Path root;

  /** Those of this machine. */
  public static LustreParameters ofMachine() {
    return new LustreParameters(Path.of(System.getProperty(ROOT_PROPERTY, "/")));
  }

  /**
   * Those of a machine.
   *
   * @param root the folder that /proc and /sys are in
   */
  public LustreParameters(Path root) {
    this.root = root;
  }

  /** A parameter's text without the newline at its end; empty where there is none to be read. */
  public Optional<String> read(String parameter) {
    for (String place : PLACES) {
      try {
        Path file = root.resolve(place).resolve(parameter);
        return Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1).stripTrailing());
      } catch (IOException | InvalidPathException e) {
        continue; // elsewhere, or not for this process
      }
    }
    return Optional.empty();
  }

  /** The lines of a parameter; empty where there is none to be read. */
  public Optional<List<String>> lines(String parameter) {
    return read(parameter).map(text -> text.lines().toList());
  }

  /** The names in a folder of parameters, in all places, in order. */
  public Set<String> names(String folder) {
    Set<String> found = new TreeSet<>();
    for (String place : PLACES) {
      try (DirectoryStream<Path> all =
          Files.newDirectoryStream(root.resolve(place).resolve(folder))) {
        all.forEach(each -> found.add(String.valueOf(each.getFileName())));
      } catch (IOException | DirectoryIteratorException | InvalidPathException e) {
        continue; // not here
      }
    }
    return found;
  }

  /** The file system's default stripe size in bytes, as this client knows it. */
  public OptionalLong stripeSize(String fileSystem) {
    for (String volume : names("lov")) {
      if (volume.startsWith(fileSystem + "-clilov-")) {
        Optional<String> size = read("lov/" + volume + "/stripesize");
        if (size.filter(text -> text.matches("\\d{1,18}")).isPresent()) {
          return OptionalLong.of(Long.parseLong(size.get()));
        }
      }
    }
    return OptionalLong.empty();
  }

  /** The release of the kernel's Lustre, as 2.15.8; empty where it is not loaded. */
  public Optional<String> kernelRelease() {
    return read("version")
        .map(
            text ->
                text.lines()
                    .filter(line -> line.startsWith("lustre:"))
                    .map(line -> line.substring("lustre:".length()).strip())
                    .findFirst()
                    .orElse(text.strip()));
  }
}
