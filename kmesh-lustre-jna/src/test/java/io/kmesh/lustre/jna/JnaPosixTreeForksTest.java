// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kmesh.testkit.contract.TestFork;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees on libc in other locales and without privileges. */
class JnaPosixTreeForksTest {
  @TempDir Path directory;

  @Test
  void contract_whenLocaleIsTheOther_holds() throws IOException, InterruptedException {
    run(TestFork.of(JnaPosixTreeTest.class).otherLocale());
  }

  @Test
  void contract_whenUserHasNoPrivileges_holds() throws IOException, InterruptedException {
    run(TestFork.of(JnaPosixTreeTest.class).asNobody());
  }

  @Test
  void contract_whenUserHasNoPrivilegesAndLocaleIsC_holds()
      throws IOException, InterruptedException {
    run(TestFork.of(JnaPosixTreeTest.class).locale("C").asNobody());
  }

  private void run(TestFork fork) throws IOException, InterruptedException {
    assumeTrue(fork.whyImpossible().isEmpty(), () -> fork.whyImpossible().orElseThrow());
    fork.run(directory);
  }
}
