// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import io.kmesh.lustre.jna.JnaPosixTreeProvider;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.contract.PosixTreeContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of trees over the stub: what stands before libc changes none of its answers. */
class StubTreeContract extends PosixTreeContract {
  @TempDir static Path directory;

  @BeforeAll
  static void mount() {
    Stub.ofBinding().mount(directory);
  }

  @Override
  protected PosixTree openTree() throws IOException {
    return new JnaPosixTreeProvider().open(directory);
  }
}
