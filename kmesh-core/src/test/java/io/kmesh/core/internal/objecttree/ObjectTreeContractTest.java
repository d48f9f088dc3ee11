// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.contract.PosixTreeContract;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A prefix of a store keeps the contract of trees. */
class ObjectTreeContractTest extends PosixTreeContract {
  private static ObjectTree tree;

  @BeforeAll
  static void openPrefix(@TempDir Path directory) throws IOException {
    tree =
        ObjectTree.open(
            new MemoryOrdered(),
            JnaPosix.open(directory),
            ObjectTreeSettings.of(MemoryStore.create(), "p/", ManualTime.create()));
  }

  @AfterAll
  static void closePrefix() throws IOException {
    tree.close();
  }

  /** An index has one tree; this is one of several that show it. */
  private static final class View extends ForwardingPosixTree {
    private boolean isClosed;

    @Override
    protected PosixTree delegate() {
      return tree;
    }

    @Override
    public PosixDirectory openRoot() throws IOException {
      if (isClosed) {
        throw Posix.refusal(Errno.EBADF, "open the top", "the tree was closed");
      }
      return super.openRoot();
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }

  @Override
  protected PosixTree openTree() {
    return new View();
  }
}
