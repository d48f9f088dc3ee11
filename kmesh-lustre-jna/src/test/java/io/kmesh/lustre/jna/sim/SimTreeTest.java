// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.contract.PosixTreeContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees on the simulated Lustre. */
class SimTreeTest extends PosixTreeContract {
  @TempDir static Path directory;
  private static @Nullable SimFixture sim;

  @BeforeAll
  static void openOnce() throws IOException {
    sim = SimFixture.open(directory);
  }

  @AfterAll
  static void closeWithNothingInUse() throws IOException {
    SimFixture open = Objects.requireNonNull(sim);
    assertThat(open.fs.inodesInUse()).isZero();
    open.close();
  }

  @Override
  protected PosixTree openTree() {
    return Objects.requireNonNull(sim).fs.tree();
  }
}
