// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.key.KeyFile;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What opens a repository. Thread-safe; whoever made it closes it. */
public final class RepositoryCredential implements AutoCloseable {
  private final Credential credential;
  private final @Nullable KeyFile file;

  private RepositoryCredential(Credential credential, @Nullable KeyFile file) {
    this.credential = credential;
    this.file = file;
  }

  /** A passphrase, which is copied; the caller wipes his own. */
  public static RepositoryCredential passphrase(char[] text) {
    return new RepositoryCredential(new Credential.Passphrase(text), null);
  }

  /** A key that never leaves its keeper. */
  public static RepositoryCredential keeper(KeyProvider keys, KeyReference reference) {
    return new RepositoryCredential(new Credential.Provider(keys, reference), null);
  }

  /** A key of a key file. */
  public static RepositoryCredential keyFile(Path path, String key) {
    KeyFile file = KeyFile.at(path);
    return new RepositoryCredential(new Credential.Provider(file, new KeyReference(key)), file);
  }

  /** A key of a key file; both are made when they are not there. */
  public static RepositoryCredential newKeyFile(Path path, String key) {
    boolean isNew = Files.notExists(path);
    try (KeyFile file = isNew ? KeyFile.create(path) : KeyFile.at(path)) {
      if (!file.keys().contains(new KeyReference(key))) {
        file.make(key);
      }
    }
    return keyFile(path, key);
  }

  Credential credential() {
    return credential;
  }

  /** Wipes a passphrase; closes a key file. */
  @Override
  public void close() {
    if (credential instanceof Credential.Passphrase passphrase) {
      passphrase.close();
    }
    if (file != null) {
      file.close();
    }
  }

  @Override
  public String toString() {
    return credential.toString();
  }
}
