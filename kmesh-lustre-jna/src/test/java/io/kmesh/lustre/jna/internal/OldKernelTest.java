// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.contract.PosixTreeContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees on libc without statx and fchmodat2, as on the kernel of RHEL 7. */
class OldKernelTest extends PosixTreeContract {
  @TempDir static Path directory;

  @BeforeAll
  static void useOldCalls() {
    Stats.useStatx(false);
    Modes.useFchmodat2(false);
  }

  @AfterAll
  static void useNewCalls() {
    Stats.useStatx(true);
    Modes.useFchmodat2(true);
  }

  @Override
  protected PosixTree openTree() throws IOException {
    return JnaPosixTree.open(PathBytes.of(directory.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
