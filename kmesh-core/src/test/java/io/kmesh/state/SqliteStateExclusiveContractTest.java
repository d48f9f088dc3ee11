// SPDX-License-Identifier: Apache-2.0
package io.kmesh.state;

import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.contract.StateStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStateExclusiveContractTest extends StateStoreContract {
  @TempDir private Path directory;

  @Override
  protected StateStore open(KmeshTime time) {
    return SqliteState.builder(directory.resolve("state.db")).time(time).exclusive().open();
  }
}
