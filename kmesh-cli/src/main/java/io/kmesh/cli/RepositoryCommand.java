// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.engine.repository.RepositoryCredential;
import io.kmesh.engine.repository.RepositoryOpener;
import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command on a repository: the options that all of them have, and how it is opened. */
abstract class RepositoryCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--repo",
      paramLabel = "URL",
      description = {
        "The repository (else KMESH_REPOSITORY): a path, file:/path, s3://BUCKET/PREFIX, az://CONTAINER@ACCOUNT/PREFIX"
            + " or gs://BUCKET/PREFIX, with ?OPTION=VALUE&... where it needs them (docs/stores.md).",
      })
  private @Nullable String repo;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description =
          "A file whose first line is the password (else KMESH_PASSWORD_FILE, else it is asked for).")
  private @Nullable Path passwordFile;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = {
        "A key file that opens the repository in place of a password (else KMESH_KEY_FILE): FILE, or FILE#KEY for"
            + " another key of it than \"repository\".",
      })
  private @Nullable String keyFile;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description =
          "Where indexes are kept (else KMESH_CACHE, else ~/.cache/kmesh). May be deleted any time.")
  private @Nullable Path cache;

  @Option(names = "--json", description = "Prints JSON: one object a line.")
  private boolean isJson;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress and no results for people; problems are still told.")
  private boolean isQuiet;

  /** What runs with an open repository. */
  @FunctionalInterface
  interface Body {
    int run(OpenRepository repository) throws IOException, CommandFailure;
  }

  final Surroundings surroundings() {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    return ((KmeshCommand) spec.root().userObject()).surroundings();
  }

  final boolean isJson() {
    return isJson;
  }

  final boolean isQuiet() {
    return isQuiet;
  }

  /** Prints a line for people. */
  final void say(String line) {
    if (!isJson && !isQuiet) {
      surroundings().out().println(line);
    }
  }

  /** Prints an object for programs. */
  final void json(Object object) {
    if (isJson) {
      surroundings().out().println(object);
    }
  }

  /** Prints what went wrong without ending the command. */
  final void warn(String line) {
    surroundings().err().println("kmesh: " + line);
  }

  /** Shows how far work is, where that is wanted. */
  final ProgressMeter meter(SnapshotWork work, String verb, long totalBytes) {
    return new ProgressMeter(surroundings(), isShowing(), work, verb, totalBytes, 0);
  }

  /** The same for work of which some number of files is expected; 0 when it is not known. */
  final ProgressMeter meterOfFiles(SnapshotWork work, String verb, long expectedFiles) {
    return new ProgressMeter(surroundings(), isShowing(), work, verb, 0, expectedFiles);
  }

  /** Whether progress is shown. */
  final boolean isShowing() {
    return !isQuiet && surroundings().isTerminal();
  }

  final StoreLocation location() throws CommandFailure {
    String place = repo != null ? repo : surroundings().variable("KMESH_REPOSITORY").orElse(null);
    if (place == null) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot choose a repository: none is named. Give --repo, or set KMESH_REPOSITORY.");
    }
    return StoreLocation.parse(place);
  }

  /** Opens the repository, and closes it after the body. */
  int withRepository(int workers, Body body) throws IOException, CommandFailure {
    try (RepositoryCredential password = password()) {
      return with(location(), password, workers, body);
    }
  }

  /** Opens a repository, and closes it after the body. */
  final int with(StoreLocation location, RepositoryCredential password, int workers, Body body)
      throws IOException, CommandFailure {
    try (ObjectStore store = location.open();
        OpenRepository repository = open(opener(store).workers(workers), password)) {
      repository
          .lookBack()
          .ifPresent(
              words ->
                  warn(
                      "The repository may have lost its last changes: "
                          + words
                          + ". List the snapshots. What is gone comes back when the store has old versions of"
                          + " the domain's heads; else take it again. snapshot repair accepts what is there."));
      int code = body.run(repository);
      if (code == ExitCode.OK || code == ExitCode.PROBLEMS) {
        // What was done now is remembered too.
        repository.lookBack();
      }
      return code;
    }
  }

  final int withRepository(Body body) throws IOException, CommandFailure {
    return withRepository(2, body);
  }

  private static OpenRepository open(RepositoryOpener opener, RepositoryCredential password)
      throws IOException, CommandFailure {
    try {
      return CommandFailure.named(() -> opener.open(password));
    } catch (ProviderException e) {
      // A file that may not be read has an errno.
      if (e.kind() == ErrorKind.DENIED && e.errno().isEmpty()) {
        throw new CommandFailure(ExitCode.WRONG_PASSWORD, e);
      }
      throw e;
    }
  }

  final RepositoryOpener opener(ObjectStore store) {
    RepositoryOpener opener =
        RepositoryOpener.in(store).time(surroundings().time()).host(HostName.find(surroundings()));
    Path folder = cacheFolder();
    if (folder != null) {
      opener.cache(folder);
    }
    return surroundings().openers().apply(opener);
  }

  private @Nullable Path cacheFolder() {
    if (cache != null) {
      return cache;
    }
    return CacheOptions.folder(surroundings()).orElse(null);
  }

  /** The folder that remembers what is frozen. */
  final Optional<Path> quiesceJournal() {
    return StateFolder.find(surroundings(), "frozen");
  }

  /** A key file is used when it is named here, or by a variable and no password file is. */
  private Optional<String> keyFile() {
    if (keyFile != null || passwordFile != null) {
      return Optional.ofNullable(keyFile);
    }
    return surroundings().variable("KMESH_KEY_FILE");
  }

  /** The key of a key file, or the password, from the file or from a person. */
  final RepositoryCredential password() throws CommandFailure {
    Optional<String> key = keyFile();
    if (key.isPresent()) {
      return KeyFiles.open(key.get());
    }
    Path file =
        passwordFile != null
            ? passwordFile
            : surroundings().variable("KMESH_PASSWORD_FILE").map(Path::of).orElse(null);
    return file != null
        ? Passwords.read(file)
        : Passwords.ask(surroundings(), "Password of the repository: ");
  }

  /** The same, typed twice by a person. */
  final RepositoryCredential newPassword() throws CommandFailure {
    Optional<String> key = keyFile();
    if (key.isPresent()) {
      return KeyFiles.openOrMake(key.get());
    }
    Path file =
        passwordFile != null
            ? passwordFile
            : surroundings().variable("KMESH_PASSWORD_FILE").map(Path::of).orElse(null);
    return file != null ? Passwords.read(file) : Passwords.askTwice(surroundings());
  }

  /** A folder that a user named and that must be there. */
  static Path realDirectory(String verb, Path path) throws CommandFailure {
    Path real;
    try {
      real = path.toRealPath();
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot " + verb + " " + path + ": it can't be found (" + e + "). Name a directory.");
    }
    if (!Files.isDirectory(real)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot "
              + verb
              + " "
              + path
              + ": it is no directory. Name the directory that holds it.");
    }
    return real;
  }
}
