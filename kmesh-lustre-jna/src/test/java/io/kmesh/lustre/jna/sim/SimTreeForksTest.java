// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import io.kmesh.testkit.contract.TestFork;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of the simulated Lustre's tree where names of any bytes are no text of the JVM. */
class SimTreeForksTest {
  @TempDir Path directory;

  @Test
  void contract_whenLocaleIsTheOther_holds() throws IOException, InterruptedException {
    TestFork.of(SimTreeTest.class).otherLocale().run(directory);
  }
}
