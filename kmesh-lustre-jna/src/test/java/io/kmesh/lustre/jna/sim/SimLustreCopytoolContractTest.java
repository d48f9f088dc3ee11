// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.contract.LustreCopytoolContract;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract of copytools on the simulated Lustre. */
class SimLustreCopytoolContractTest extends LustreCopytoolContract {
  @TempDir Path directory;
  private @Nullable SimulatedLustre lustre;

  @Override
  protected LustreBinding openBinding() throws IOException {
    lustre = SimulatedLustre.builder(directory.resolve("fs")).caller(0, 0).open();
    return lustre;
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

  @Override
  protected Optional<ServerParameters> serverParameters() {
    return Optional.of(Objects.requireNonNull(lustre).coordinator()::setParameter);
  }
}
