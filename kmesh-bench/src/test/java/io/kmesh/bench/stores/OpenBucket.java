// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A store that is open while the tests of a class run. */
final class OpenBucket implements BeforeAllCallback, AfterAllCallback {
  private final Opener opener;
  private @Nullable Path folder;
  private @Nullable ObjectStore store;

  /** Opens a store. */
  @FunctionalInterface
  interface Opener {
    /** The store; files that it needs are in a folder of its own. */
    ObjectStore at(Path folder) throws IOException;
  }

  OpenBucket(Opener opener) {
    this.opener = opener;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    folder = Files.createTempDirectory("kmesh-bucket");
    store = opener.at(folder);
  }

  ObjectStore store() {
    if (store == null) {
      throw new IllegalStateException("Register it as an extension of the test class.");
    }
    return store;
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (store != null) {
      store.close();
    }
    if (folder != null) {
      TreeOnDisk.remove(folder);
    }
  }
}
