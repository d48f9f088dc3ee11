// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.contract.ObjectStoreContract;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;

/** The contract on Azurite, as {@code config/servers.py} starts it; each test has a container. */
@Tag("servers")
class AzuriteContractTest extends ObjectStoreContract {
  private final Azurite azurite = Azurite.running();
  private final String container = azurite.createContainer();

  @Override
  protected ObjectStore open() throws IOException {
    return azurite.store(container);
  }

  @Override
  protected Optional<ObjectStore> reopen() throws IOException {
    return Optional.of(azurite.store(container));
  }

  @Override
  protected boolean listsLevels() {
    return true;
  }

  @Override
  protected Set<String> refusedKeys() {
    return RefusedKeys.OF_AZURE;
  }

  @Override
  public Map<String, String> knownFaults() {
    return Map.of();
  }
}
