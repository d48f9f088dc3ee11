// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.contract.ObjectStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreContractTest extends ObjectStoreContract {
  @TempDir Path directory;

  @Override
  protected ObjectStore open() throws IOException {
    return DirectoryStore.at(directory.resolve("store"));
  }

  @Override
  protected Optional<ObjectStore> reopen() throws IOException {
    return Optional.of(open());
  }
}
