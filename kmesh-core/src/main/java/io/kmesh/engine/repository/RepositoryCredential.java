// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import org.jspecify.annotations.Nullable;

/** What opens a repository. Thread-safe; whoever made it closes it. */
public final class RepositoryCredential implements AutoCloseable {
  private final Credential credential;
  private final @Nullable Closing owned;

  private RepositoryCredential(Credential credential, @Nullable Closing owned) {
    this.credential = credential;
    this.owned = owned;
  }

  /** A passphrase, which is copied; the caller wipes his own. */
  public static RepositoryCredential passphrase(char[] text) {
    return new RepositoryCredential(new Credential.Passphrase(text), null);
  }

  /** A key that never leaves its keeper. */
  public static RepositoryCredential keeper(KeyProvider keys, KeyReference reference) {
    return new RepositoryCredential(new Credential.Provider(keys, reference), null);
  }

  /**
   * A key of a keeper that is closed with this.
   *
   * @param owned the keeper again
   */
  public static RepositoryCredential keeper(
      KeyProvider keys, KeyReference reference, Closing owned) {
    return new RepositoryCredential(new Credential.Provider(keys, reference), owned);
  }

  /** What is closed without a failure. */
  @FunctionalInterface
  public interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  Credential credential() {
    return credential;
  }

  /** Wipes a passphrase; closes a keeper that is its own. */
  @Override
  public void close() {
    if (credential instanceof Credential.Passphrase passphrase) {
      passphrase.close();
    }
    if (owned != null) {
      owned.close();
    }
  }

  @Override
  public String toString() {
    return credential.toString();
  }
}
