// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.contract.PosixTreeContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees on libc; at its end no descriptor is left open. */
class JnaPosixTreeTest extends PosixTreeContract {
  @TempDir static Path directory;

  private static long before;

  @BeforeAll
  static void countHandles() {
    before = JnaPosix.openHandles();
  }

  @AfterAll
  static void noHandleIsLeft() {
    assertThat(JnaPosix.openHandles()).isEqualTo(before);
  }

  @Override
  protected PosixTree openTree() throws IOException {
    return new JnaPosixTreeProvider().open(directory);
  }
}
