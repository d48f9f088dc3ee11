// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.RepositoryCredential;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/** Where passwords come from; they are wiped behind us. */
final class Passwords {
  private static final long LARGEST = 1 << 16;

  private Passwords() {}

  /** The first line of a file. */
  static RepositoryCredential read(Path file) throws CommandFailure {
    byte[] bytes;
    try {
      if (Files.isRegularFile(file) && Files.size(file) > LARGEST) {
        throw failure(file, "it is larger than 64 KiB");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw failure(file, "there is no such file");
    } catch (IOException e) {
      throw failure(file, String.valueOf(e));
    }
    CharBuffer text = null;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      int end = 0;
      while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
        end++;
      }
      if (end == 0) {
        throw failure(file, "its first line is empty");
      }
      char[] password = Arrays.copyOf(text.array(), end);
      try {
        return RepositoryCredential.passphrase(password);
      } finally {
        Arrays.fill(password, '\0');
      }
    } catch (CharacterCodingException e) {
      throw failure(file, "it is not UTF-8 text");
    } finally {
      Arrays.fill(bytes, (byte) 0);
      if (text != null) {
        Arrays.fill(text.array(), '\0');
      }
    }
  }

  private static CommandFailure failure(Path file, String reason) {
    return new CommandFailure(
        ExitCode.USAGE,
        "Cannot read the password file "
            + file
            + ": "
            + reason
            + ". Name a file whose first line is the password.");
  }

  /** What a person types. */
  static RepositoryCredential ask(Surroundings surroundings, String words) throws CommandFailure {
    char[] typed = typed(surroundings, words);
    try {
      return RepositoryCredential.passphrase(typed);
    } finally {
      Arrays.fill(typed, '\0');
    }
  }

  /** What a person types twice. */
  static RepositoryCredential askTwice(Surroundings surroundings) throws CommandFailure {
    char[] typed = typed(surroundings, "New password: ");
    try {
      char[] again = typed(surroundings, "The same again: ");
      try {
        if (!Arrays.equals(typed, again)) {
          throw new CommandFailure(
              ExitCode.USAGE, "Cannot use this password: the two differ. Type it again.");
        }
        return RepositoryCredential.passphrase(typed);
      } finally {
        Arrays.fill(again, '\0');
      }
    } finally {
      Arrays.fill(typed, '\0');
    }
  }

  private static char[] typed(Surroundings surroundings, String words) throws CommandFailure {
    Surroundings.PasswordPrompt prompt = surroundings.passwords();
    char[] typed = prompt == null ? null : prompt.ask(words);
    if (typed == null || typed.length == 0) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot ask for the password: "
              + (prompt == null ? "this is no terminal" : "none was typed")
              + ". Give --password-file, or set KMESH_PASSWORD_FILE.");
    }
    return typed;
  }
}
