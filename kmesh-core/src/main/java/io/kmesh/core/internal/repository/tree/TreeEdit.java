// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.path.PathBytes;

/**
 * What becomes of one path of a tree.
 *
 * @param path the path below the top of the tree; empty for the top itself
 * @param change what is made of the entry there; of a directory that it gives, the edits below are
 *     applied to the content
 */
public record TreeEdit(PathBytes path, Edit.Change change) {
  /** Puts an entry with all below it in place of what is there, under the name of the path. */
  public static TreeEdit put(PathBytes path, TreeNode node) {
    return new TreeEdit(path, before -> node);
  }

  /** Takes an entry out with all below it; nothing when it is not there. */
  public static TreeEdit remove(PathBytes path) {
    return new TreeEdit(path, before -> null);
  }
}
