// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.AsideName;
import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What files of a directory are called, beside their places, until a restore has all of them. The
 * names are made of the directory's own stored pages too: no entry of these can have such a name,
 * not even one that was left by another restore and taken with the rest; and a restore of the same
 * that goes on finds its own.
 *
 * @param directory tells stored directories apart; empty for an entry that is restored alone
 */
record PartNames(String directory) {
  /** Those in what a directory is restored to, or beside an entry that is restored alone. */
  static PartNames in(TreeNode node) {
    return new PartNames(
        node.content() instanceof Content.Directory directory
            ? directory.height() + "/" + directory.page()
            : "");
  }

  /** That of one kind for a file. */
  PathBytes of(String prefix, PathBytes name) {
    byte[] above = (directory + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(above, above.length + name.length());
    System.arraycopy(name.toBytes(), 0, all, above.length, name.length());
    return AsideName.of(prefix, all);
  }
}
