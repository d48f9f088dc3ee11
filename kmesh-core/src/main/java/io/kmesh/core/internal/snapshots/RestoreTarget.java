// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixTree;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a restore writes. Both stay the caller's.
 *
 * @param tree its root is the directory that is written to
 * @param lustreOrNull the file system of the tree; null when it is no Lustre, or has no binding
 */
public record RestoreTarget(PosixTree tree, @Nullable LustreBinding lustreOrNull) {
  /** Without what only a Lustre has. */
  public static RestoreTarget of(PosixTree tree) {
    return new RestoreTarget(tree, null);
  }

  /** The file system, where it is a Lustre with a binding. */
  public Optional<LustreBinding> lustre() {
    return Optional.ofNullable(lustreOrNull);
  }
}
