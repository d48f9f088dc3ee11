// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What opens a repository. None prints its secret. Thread-safe.
 *
 * <p>A key file of Kmesh is a {@link KeyProvider}: {@code Credential.key(KeyFile.at(path),
 * "backup")}.
 */
public sealed interface Credential {
  /**
   * A passphrase, which is copied; the caller wipes his own. The copy is held as long as the Kmesh
   * that it was given to.
   *
   * @throws IllegalArgumentException when it is empty, or no text
   */
  static Credential passphrase(char[] text) {
    ByteBuffer utf8 = ByteBuffer.allocate(3 * text.length);
    byte[] bytes = {};
    try {
      CoderResult result =
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text), utf8, true);
      if (result.isError()) {
        throw new IllegalArgumentException(
            "Cannot use the passphrase: it has half a surrogate pair. Give text.");
      }
      bytes = Arrays.copyOf(utf8.array(), utf8.position());
      return new Passphrase(SecretBytes.copyOf(bytes));
    } finally {
      Arrays.fill(bytes, (byte) 0);
      Arrays.fill(utf8.array(), (byte) 0);
    }
  }

  /** A file whose first line is the passphrase, in UTF-8; it is read whenever it is needed. */
  static Credential passphraseFile(Path file) {
    return new PassphraseFile(file);
  }

  /**
   * A key that never leaves its keeper.
   *
   * @param keys the keeper, which stays the caller's to close
   * @param name the key's name with its keeper
   */
  static Credential key(KeyProvider keys, String name) {
    return new Key(keys, new KeyReference(name));
  }

  /**
   * A passphrase.
   *
   * @param text in UTF-8
   */
  record Passphrase(SecretBytes text) implements Credential {
    /** Refuses an empty one. */
    public Passphrase {
      byte[] bytes = text.reveal();
      Arrays.fill(bytes, (byte) 0);
      if (bytes.length == 0) {
        throw new IllegalArgumentException(
            "Cannot use an empty passphrase: anybody would guess it. Give a long one.");
      }
    }

    /** Nothing of the passphrase. */
    @Override
    public String toString() {
      return "Passphrase(****)";
    }
  }

  /**
   * A file with a passphrase.
   *
   * @param file its first line is the passphrase
   */
  record PassphraseFile(Path file) implements Credential {}

  /**
   * A key of a keeper.
   *
   * @param keys the keeper
   * @param reference the key
   */
  record Key(KeyProvider keys, KeyReference reference) implements Credential {
    /** The keeper and the key's name. */
    @Override
    public String toString() {
      return "Key(" + keys.description() + ", " + reference.name() + ")";
    }
  }
}
