// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.ProviderException;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where a repository is, as a user says it. */
final class StoreLocation {
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*");

  private final String text;
  private final Path directory;

  private StoreLocation(String text, Path directory) {
    this.text = text;
    this.directory = directory;
  }

  /** Reads {@code file:/path}, {@code file:///path} or a path. */
  static StoreLocation parse(String text) throws CommandFailure {
    try {
      Matcher scheme = SCHEME.matcher(text);
      if (!scheme.matches()) {
        return new StoreLocation(text, Path.of(text));
      }
      if (scheme.group(1).equalsIgnoreCase("file")) {
        return new StoreLocation(text, Path.of(URI.create(text)));
      }
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot open the repository "
              + text
              + ": this build knows no store \""
              + scheme.group(1)
              + ":\", only file: and paths. Name a directory (for a path with a colon: ./"
              + text
              + ").");
    } catch (IllegalArgumentException e) {
      // InvalidPathException is one.
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot open the repository "
              + text
              + ": "
              + reason(e)
              + ". Write file:/path/to/repository, or the path itself.");
    }
  }

  private static String reason(IllegalArgumentException e) {
    return e instanceof InvalidPathException i ? i.getReason() : String.valueOf(e.getMessage());
  }

  /** Opens the store, which is made where it is not there. */
  DirectoryStore openOrMake() throws IOException, CommandFailure {
    return CommandFailure.named(() -> DirectoryStore.at(directory));
  }

  /** Opens a store that is there; makes nothing. */
  DirectoryStore open() throws IOException, CommandFailure {
    if (!Files.isDirectory(directory) || isEmpty()) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot open the repository "
              + text
              + ": there is none. Name the right place, or make one: kmesh repo init --repo "
              + text);
    }
    try {
      return DirectoryStore.at(directory);
    } catch (ProviderException e) {
      throw new CommandFailure(CommandFailure.exitCode(e), e);
    }
  }

  private boolean isEmpty() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
