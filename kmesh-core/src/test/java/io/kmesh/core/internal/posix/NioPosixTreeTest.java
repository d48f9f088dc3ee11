// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.contract.PosixTreeContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees on java.nio. */
class NioPosixTreeTest extends PosixTreeContract {
  @TempDir static Path directory;

  @Override
  protected PosixTree openTree() throws IOException {
    return new NioPosixTreeProvider().open(directory);
  }
}
