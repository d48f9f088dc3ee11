// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;

/** What opens a repository. Thread-safe; whoever made it closes it. */
public final class RepositoryCredential implements AutoCloseable {
  private final Credential credential;

  private RepositoryCredential(Credential credential) {
    this.credential = credential;
  }

  /** A passphrase, which is copied; the caller wipes his own. */
  public static RepositoryCredential passphrase(char[] text) {
    return new RepositoryCredential(new Credential.Passphrase(text));
  }

  /** A key that never leaves its keeper. */
  public static RepositoryCredential keeper(KeyProvider keys, KeyReference reference) {
    return new RepositoryCredential(new Credential.Provider(keys, reference));
  }

  Credential credential() {
    return credential;
  }

  /** Wipes a passphrase. */
  @Override
  public void close() {
    if (credential instanceof Credential.Passphrase passphrase) {
      passphrase.close();
    }
  }

  @Override
  public String toString() {
    return credential.toString();
  }
}
