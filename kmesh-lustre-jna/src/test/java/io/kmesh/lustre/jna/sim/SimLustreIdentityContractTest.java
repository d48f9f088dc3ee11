// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.contract.LustreIdentityContract;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** The contract of identity on the simulated Lustre. */
class SimLustreIdentityContractTest extends LustreIdentityContract {
  @TempDir Path directory;

  @Override
  protected LustreBinding openBinding() throws IOException {
    return SimulatedLustre.builder(directory.resolve("fs")).caller(0, 0).open();
  }

  @Override
  protected PathBytes freshDirectory(LustreBinding binding) throws IOException {
    try (PosixDirectory root = binding.tree().openRoot()) {
      root.makeDirectory(PathBytes.of("contract"), 0755);
    }
    return PathBytes.of("contract");
  }

  @Override
  protected Duration timeBudget() {
    return Duration.ofSeconds(30);
  }
}
