// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;

/**
 * What every {@link PosixTree} does, in any locale, as root and as a user. The tests work inside
 * one new directory of the tree each and remove it.
 */
@DisplayNameGeneration(DisplayNameGenerator.Simple.class)
public abstract class PosixTreeContract
    implements PosixNameChecks,
        PosixListingChecks,
        PosixLinkChecks,
        PosixModeChecks,
        PosixOwnerAndTimeChecks,
        PosixXattrChecks,
        PosixOpenChecks,
        PosixDataChecks,
        PosixRenameChecks,
        PosixNodeChecks,
        PosixErrorChecks,
        PosixHandleChecks {
  private static final AtomicLong NUMBER = new AtomicLong();

  private @Nullable PosixTree tree;
  private @Nullable PosixDirectory root;
  private @Nullable PosixDirectory work;
  private PathBytes workName = PathBytes.EMPTY;

  /** For subclasses. */
  protected PosixTreeContract() {}

  /**
   * Opens a tree in whose root the caller may make and remove what it likes; it is closed after
   * each test.
   */
  protected abstract PosixTree openTree() throws IOException;

  /**
   * What the mount below does not carry although the tree can't know it before the call, such as
   * RENAME_MODES on some network file systems. It must be refused then.
   */
  protected Set<PosixCapability> lackedByFileSystem() {
    return Set.of();
  }

  /** Opens the tree and a new directory in it. */
  @BeforeEach
  final void openWorkDirectory() throws IOException {
    tree = openTree();
    root = tree.openRoot();
    workName =
        PathBytes.of("contract-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
    root.makeDirectory(workName, 0700);
    work = root.openDirectory(workName);
  }

  /** Removes the directory and closes the tree. */
  @AfterEach
  final void removeWorkDirectory() throws IOException {
    try {
      if (root != null) {
        PosixSteps.removeAll(root, workName);
      }
    } finally {
      for (Closeable opened : Arrays.asList(work, root, tree)) {
        if (opened != null) {
          opened.close();
        }
      }
    }
  }

  @Override
  public final PosixTree tree() {
    return Objects.requireNonNull(tree);
  }

  @Override
  public final PosixDirectory work() {
    return Objects.requireNonNull(work);
  }

  @Override
  public final PathBytes workName() {
    return workName;
  }

  @Override
  public final Set<PosixCapability> lacked() {
    return lackedByFileSystem();
  }

  @Override
  public final PosixTree reopenTree() throws IOException {
    return openTree();
  }
}
