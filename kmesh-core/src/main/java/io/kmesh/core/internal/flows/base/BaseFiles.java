// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.state.OrderedFile;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.state.SqliteStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The files of bases. Stateless. */
public final class BaseFiles {
  private BaseFiles() {}

  /**
   * Opens the file of a base, which is made, with the folders above it, when there is none.
   *
   * @throws io.kmesh.spi.ProviderException DENIED while another process has it open
   */
  public static OrderedStore open(Path file, KmeshTime time) throws IOException {
    make(folder(file));
    return OrderedFile.open(file, SqliteStore.Use.EXCLUSIVE, time);
  }

  /** The folder that a file is in. */
  public static Path folder(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a folder");
  }

  /** Makes a folder for what is known of a flow; it may be there. */
  public static void make(Path folder) throws IOException {
    Files.createDirectories(folder);
  }

  /** Whether there is a base. */
  public static boolean exists(Path file) {
    return Files.exists(file);
  }

  /** Moves the file of a base that nobody has open, and what its store has beside it. */
  public static void moveBase(Path from, Path to) throws IOException {
    make(folder(to));
    String name = String.valueOf(from.getFileName());
    List<Path> files;
    try (Stream<Path> all = Files.list(folder(from))) {
      files =
          all.filter(f -> String.valueOf(f.getFileName()).startsWith(name))
              .sorted(Comparator.reverseOrder()) // the base itself last: it says that all is there
              .toList();
    }
    for (Path one : files) {
      String rest = String.valueOf(one.getFileName()).substring(name.length());
      Files.move(one, to.resolveSibling(to.getFileName() + rest));
    }
  }

  /** Removes the file of a base that nobody has open, and what its store has beside it. */
  public static void removeBase(Path file) throws IOException {
    if (!Files.exists(folder(file))) {
      return;
    }
    String name = String.valueOf(file.getFileName());
    List<Path> files;
    try (Stream<Path> all = Files.list(folder(file))) {
      files = all.filter(f -> String.valueOf(f.getFileName()).startsWith(name)).toList();
    }
    for (Path one : files) {
      Files.delete(one);
    }
  }

  /**
   * Removes a folder with the files of bases that nobody has open, and what is in folders there; it
   * need not be there.
   */
  public static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
