// SPDX-License-Identifier: Apache-2.0
package io.kmesh.key;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.key.FileKeys;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Key-encryption keys in a file that only its owner may read. Thread-safe; several processes may
 * use one file.
 *
 * <p>Whoever loses the file loses everything that its keys wrap: keep a copy apart from the data.
 * Its form is described in docs/format/key-file.md.
 */
public final class KeyFile implements KeyProvider {
  private final FileKeys keys;

  private KeyFile(FileKeys keys) {
    this.keys = keys;
  }

  /**
   * Opens a key file.
   *
   * @throws KmeshException NOT_FOUND when there is none, DENIED when others than its owner may use
   *     it, CORRUPT when it is damaged, UNSUPPORTED when it is newer than this build
   */
  public static KeyFile at(Path file) {
    try {
      return new KeyFile(FileKeys.open(file, SystemTime.INSTANCE));
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  /**
   * Creates a key file without keys, for its owner only.
   *
   * @throws KmeshException EXISTS when it is there
   */
  public static KeyFile create(Path file) {
    try {
      return new KeyFile(FileKeys.create(file, SystemTime.INSTANCE));
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /**
   * Makes a new key of 256 random bits.
   *
   * @param name 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   * @throws KmeshException EXISTS when the name is taken, INVALID when it can't be one
   */
  public KeyReference make(String name) {
    try {
      return keys.make(name);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /**
   * Makes a new version of a key, which wraps from now on; what older ones wrapped stays readable.
   *
   * @return the new version
   * @throws KmeshException NOT_FOUND when there is no such key
   */
  public int rotate(KeyReference key) {
    try {
      return keys.rotate(key.name());
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /**
   * Destroys an old version of a key: what it wrapped can't be opened any more, by anyone.
   *
   * @throws KmeshException NOT_FOUND when there is none, PRECONDITION when it is the current one
   */
  public void destroy(KeyReference key, int version) {
    try {
      keys.destroy(key.name(), version);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  /** The keys by name. */
  public List<KeyReference> keys() {
    try {
      return keys.names();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public String description() {
    return keys.description();
  }

  @Override
  public WrappedKey wrap(KeyReference reference, SecretBytes dataKey, byte[] associatedData)
      throws IOException {
    return keys.wrap(reference, dataKey, associatedData);
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, byte[] associatedData) throws IOException {
    return keys.unwrap(wrapped, associatedData);
  }

  /** Wipes the keys from memory. */
  @Override
  public void close() {
    keys.close();
  }

  @Override
  public String toString() {
    return "KeyFile(" + keys.description() + ")";
  }
}
