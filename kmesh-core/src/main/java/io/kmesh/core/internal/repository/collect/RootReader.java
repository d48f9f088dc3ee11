// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.tree.TreeNode;
import java.io.IOException;
import java.util.Collection;

/** Knows what a kind of root keeps. */
@FunctionalInterface
public interface RootReader {
  /**
   * The trees that a root keeps.
   *
   * @param chunk the content of the root's chunk
   * @throws IOException when it can't be read: then nothing is collected
   */
  Collection<TreeNode> trees(byte[] chunk) throws IOException;
}
