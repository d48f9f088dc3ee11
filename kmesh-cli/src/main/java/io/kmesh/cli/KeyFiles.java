// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.RepositoryCredential;
import io.kmesh.key.KeyFile;
import io.kmesh.spi.key.KeyReference;
import java.nio.file.Files;
import java.nio.file.Path;

/** Key files as options name them: FILE, or FILE#KEY for another key than {@code repository}. */
final class KeyFiles {
  private static final String KEY = "repository";

  private KeyFiles() {}

  /** A key of a file. */
  record Named(Path file, String key) {
    private static Named of(String text) throws CommandFailure {
      int mark = text.lastIndexOf('#');
      String file = mark < 0 ? text : text.substring(0, mark);
      String key = mark < 0 ? KEY : text.substring(mark + 1);
      if (file.isEmpty() || key.isEmpty()) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot use the key file \"" + text + "\": a name is missing. Write FILE or FILE#KEY.");
      }
      return new Named(Path.of(file), key);
    }
  }

  /** A key that is there. */
  static RepositoryCredential open(String text) throws CommandFailure {
    return keyFile(named(text));
  }

  /** The name of a key whose file is there. */
  static Named named(String text) throws CommandFailure {
    Named named = Named.of(text);
    if (Files.notExists(named.file())) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot read the key file "
              + named.file()
              + ": there is no such file. Name one that repo init or repo key add made.");
    }
    return named;
  }

  /** A key that is made when it is not there. */
  static RepositoryCredential openOrMake(String text) throws CommandFailure {
    Named named = Named.of(text);
    boolean isNew = Files.notExists(named.file());
    try (KeyFile file = isNew ? KeyFile.create(named.file()) : KeyFile.at(named.file())) {
      if (!file.keys().contains(new KeyReference(named.key()))) {
        file.make(named.key());
      }
    }
    return keyFile(named);
  }

  private static RepositoryCredential keyFile(Named named) {
    KeyFile file = KeyFile.at(named.file());
    return RepositoryCredential.keeper(file, new KeyReference(named.key()), file::close);
  }
}
