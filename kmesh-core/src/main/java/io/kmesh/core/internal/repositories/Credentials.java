// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repositories;

import io.kmesh.core.internal.repository.keys.Credential.Passphrase;
import io.kmesh.repository.Credential;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Users' credentials as keys take them. What is secret is wiped behind each use. */
public final class Credentials {
  private static final long LARGEST = 1 << 16;

  private Credentials() {}

  /** A use of a credential. */
  @FunctionalInterface
  public interface Use<T> {
    /** Does it. */
    T with(io.kmesh.core.internal.repository.keys.Credential credential) throws IOException;
  }

  /** Uses a credential. */
  public static <T> T use(Credential credential, Use<T> use) throws IOException {
    if (credential instanceof Credential.Key key) {
      return use.with(
          new io.kmesh.core.internal.repository.keys.Credential.Provider(
              key.keys(), key.reference()));
    }
    byte[] bytes =
        credential instanceof Credential.PassphraseFile file
            ? read(file.file())
            : ((Credential.Passphrase) credential).text().reveal();
    try (Passphrase passphrase = passphrase(bytes, credential)) {
      return use.with(passphrase);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static byte[] read(Path file) throws IOException {
    byte[] bytes;
    try {
      if (Files.isRegularFile(file) && Files.size(file) > LARGEST) {
        throw failure(file, "it is larger than 64 KiB", null);
      }
      bytes = Files.readAllBytes(file);
    } catch (ProviderException e) {
      throw e;
    } catch (IOException e) {
      throw failure(file, e.toString(), e);
    }
    try {
      int end = 0;
      while (end < bytes.length && bytes[end] != '\n' && bytes[end] != '\r') {
        end++;
      }
      if (end == 0) {
        throw failure(file, "its first line is empty", null);
      }
      return Arrays.copyOf(bytes, end);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static Passphrase passphrase(byte[] bytes, Credential of) throws IOException {
    CharBuffer text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot use " + of + ": it is not UTF-8 text. Write it anew.", e);
    }
    char[] chars = Arrays.copyOfRange(text.array(), text.position(), text.limit());
    try {
      return new Passphrase(chars);
    } finally {
      Arrays.fill(chars, '\0');
      Arrays.fill(text.array(), '\0');
    }
  }

  private static ProviderException failure(
      Path file, String reason, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot read the passphrase file "
            + file
            + ": "
            + reason
            + ". Name a file whose first line is the passphrase.",
        cause);
  }
}
