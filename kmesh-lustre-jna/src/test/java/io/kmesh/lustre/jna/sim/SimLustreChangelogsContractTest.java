// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.contract.LustreChangelogsContract;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract of changelogs on the simulated Lustre. */
class SimLustreChangelogsContractTest extends LustreChangelogsContract {
  @TempDir Path directory;
  private @Nullable LustreBinding binding;

  @Override
  protected LustreBinding openBinding() throws IOException {
    binding = SimulatedLustre.builder(directory.resolve("fs")).caller(0, 0).open();
    return binding;
  }

  @Override
  protected PathBytes freshDirectory(LustreBinding binding) throws IOException {
    try (PosixDirectory root = binding.tree().openRoot()) {
      root.makeDirectory(PathBytes.of("contract"), 0755);
    }
    return PathBytes.of("contract");
  }

  @Override
  protected String user(int mdt) throws IOException {
    return Objects.requireNonNull(binding).changelogs().register(mdt, Optional.empty());
  }

  @Override
  protected Duration timeBudget() {
    return Duration.ofSeconds(30);
  }
}
