// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.testkit.contract.LustreHsmContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** The contract of HSM on the binding over the stub; run by {@link StubbedLustreContractTest}. */
class StubLustreHsmContract extends LustreHsmContract {
  @TempDir Path directory;
  private final StubMount mount = new StubMount();

  @Override
  protected LustreBinding openBinding() throws IOException {
    return mount.open(directory);
  }

  @Override
  protected PathBytes freshDirectory(LustreBinding binding) throws IOException {
    return StubMount.contractDirectory(binding);
  }

  @Override
  protected Duration timeBudget() {
    return Duration.ofSeconds(30);
  }
}
