// SPDX-License-Identifier: Apache-2.0
package io.kmesh.key;

import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.testkit.contract.KeyProviderContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class KeyFileContractTest extends KeyProviderContract {
  @TempDir private Path directory;
  private @Nullable KeyFile file;

  @Override
  protected KeyProvider open() {
    file = KeyFile.create(directory.resolve("keys"));
    return file;
  }

  @Override
  protected KeyReference make(String name) {
    return file().make(name);
  }

  @Override
  protected void rotate(KeyReference key) {
    file().rotate(key);
  }

  private KeyFile file() {
    if (file == null) {
      throw new IllegalStateException("Cannot use the key file before it is open.");
    }
    return file;
  }
}
