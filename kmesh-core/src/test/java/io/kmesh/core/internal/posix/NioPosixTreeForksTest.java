// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kmesh.testkit.contract.TestFork;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees on java.nio in other locales and without privileges. */
class NioPosixTreeForksTest {
  @TempDir Path directory;

  @Test
  void contract_whenLocaleIsTheOther_holds() throws IOException, InterruptedException {
    run(TestFork.of(NioPosixTreeTest.class).otherLocale());
  }

  @Test
  void contract_whenUserHasNoPrivileges_holds() throws IOException, InterruptedException {
    run(TestFork.of(NioPosixTreeTest.class).asNobody());
  }

  @Test
  void contract_whenUserHasNoPrivilegesAndLocaleIsC_holds()
      throws IOException, InterruptedException {
    run(TestFork.of(NioPosixTreeTest.class).locale("C").asNobody());
  }

  private void run(TestFork fork) throws IOException, InterruptedException {
    assumeTrue(fork.whyImpossible().isEmpty(), () -> fork.whyImpossible().orElseThrow());
    fork.run(directory);
  }
}
