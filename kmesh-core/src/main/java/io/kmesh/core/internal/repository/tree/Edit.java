// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one name of a directory.
 *
 * @param name the name
 * @param change what is made of the entry that has it
 */
public record Edit(PathBytes name, Change change) {
  /** Makes another entry of an entry. */
  @FunctionalInterface
  public interface Change {
    /**
     * Makes the new entry, under the same name.
     *
     * @param before the entry as it is; null when there is none
     * @return null for none
     */
    @Nullable TreeNode apply(@Nullable TreeNode before) throws IOException;
  }

  /** Gives edits one after the other. */
  @FunctionalInterface
  public interface Source {
    /** The next one, its name behind that of the last; null at the end. */
    @Nullable Edit next() throws IOException;
  }

  /** Puts an entry, in place of the one that has its name. */
  public static Edit put(TreeNode node) {
    return new Edit(node.name(), before -> node);
  }

  /** Takes a name out; nothing when it is not there. */
  public static Edit remove(PathBytes name) {
    return new Edit(name, before -> null);
  }
}
