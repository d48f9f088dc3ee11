// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.store.DirectoryStore;
import io.kmesh.store.ObjectStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a repository or a store is, as a user says it: a path, {@code file:} or a store's URL. */
final class StoreLocation {
  private static final Set<String> CLOUDS = Set.of("s3", "az", "gs");

  private final String url;
  private final String shown;
  private final @Nullable Path directory;
  private final @Nullable StoreUrl parsed;

  private StoreLocation(
      String url, String shown, @Nullable Path directory, @Nullable StoreUrl parsed) {
    this.url = url;
    this.parsed = parsed;
    this.shown = shown;
    this.directory = directory;
  }

  /** Those of the clouds: loaded when one is named, for every look for services costs time. */
  private static final class Clouds {
    static final ObjectStores STORES = ObjectStores.found();
  }

  /** Reads {@code file:/path}, a path, or the URL of a store that this build opens. */
  static StoreLocation parse(String text) throws CommandFailure {
    try {
      if (ObjectStores.isDirectory(text)) {
        return new StoreLocation(text, text, ObjectStores.directory(text), null);
      }
    } catch (IllegalArgumentException e) {
      // InvalidPathException is one.
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot open "
              + text
              + ": "
              + reason(e)
              + ". Write file:/path/to/repository, or the path itself.");
    }
    StoreUrl parsed;
    try {
      parsed = StoreUrl.parse(text);
    } catch (ProviderException e) {
      throw new CommandFailure(ExitCode.USAGE, e.getMessage() + pathHint(text), e);
    }
    Set<String> schemes = new TreeSet<>(Clouds.STORES.schemes());
    schemes.addAll(CLOUDS); // without their module the store's opening says what is missing
    if (!schemes.contains(parsed.scheme())) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot open "
              + parsed
              + ": this build knows no store \""
              + parsed.scheme()
              + ":\", only paths and "
              + String.join(", ", schemes)
              + "."
              + pathHint(text));
    }
    return new StoreLocation(text, parsed.toString(), null, parsed);
  }

  /** For who meant a file; the text is not repeated, for it may be a URL with secrets. */
  private static String pathHint(String text) {
    return text.contains("://") ? "" : " Before a path with a colon write \"./\".";
  }

  /** What may be printed of what a user took for a path or a URL: options may hold secrets. */
  static String withoutOptions(String text) {
    int options = text.contains("://") ? text.indexOf('?') : -1;
    return options < 0 ? text : text.substring(0, options);
  }

  private static String reason(IllegalArgumentException e) {
    return e instanceof InvalidPathException i ? i.getReason() : String.valueOf(e.getMessage());
  }

  /** As it was written, options and all: it may hold secrets. */
  String url() {
    return url;
  }

  /** The URL's scheme, such as {@code s3}; {@code file} for a path. */
  String scheme() {
    return parsed == null ? "file" : parsed.scheme();
  }

  /** The URL, of a store that is no directory. */
  Optional<StoreUrl> storeUrl() {
    return Optional.ofNullable(parsed);
  }

  /** Opens the store; a directory is made where it is not there. */
  ObjectStore openOrMake() throws IOException, CommandFailure {
    return CommandFailure.named(this::opened);
  }

  /** Opens a store; a directory that is not there is not made. */
  ObjectStore open() throws IOException, CommandFailure {
    if (directory != null && (!Files.isDirectory(directory) || isEmpty(directory))) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot open the repository "
              + shown
              + ": there is none. Name the right place, or make one: kmesh repo init --repo "
              + shown);
    }
    try {
      return opened();
    } catch (ProviderException e) {
      throw new CommandFailure(CommandFailure.exitCode(e), e);
    }
  }

  private ObjectStore opened() throws IOException {
    return directory != null ? DirectoryStore.at(directory) : Clouds.STORES.open(url);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  /** The directory that it is; empty for a store elsewhere. */
  Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** Without the options of a URL, which may hold secrets. */
  @Override
  public String toString() {
    return shown;
  }
}
