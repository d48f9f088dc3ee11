// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the counts of a tree that is edited right: what goes in one place and comes in another is
 * not looked into.
 */
final class SubtreeCounts {
  private final ChunkSource pages;
  private final ScanTally tally;
  private final Map<Content.Directory, Integer> directories = new HashMap<>();

  SubtreeCounts(ChunkSource pages, ScanTally tally) {
    this.pages = pages;
    this.tally = tally;
  }

  /** An entry changes; what is below a directory is that of its content. */
  void change(@Nullable TreeNode before, @Nullable TreeNode after) {
    entry(before, -1);
    entry(after, 1);
  }

  private void entry(@Nullable TreeNode node, int sign) {
    if (node == null) {
      return;
    }
    if (node.content() instanceof Content.Directory directory) {
      tally.known(0, sign, 0, 0);
      directories.merge(directory, sign, Integer::sum);
    } else if (node.content() instanceof Content.File) {
      tally.known(sign, 0, 0, sign * node.size());
    } else {
      tally.known(0, 0, sign, 0);
    }
  }

  /** A scan has counted a directory with all below it. */
  void counted(Content content) {
    if (content instanceof Content.Directory directory) {
      tally.known(0, -1, 0, 0);
      directories.merge(directory, -1, Integer::sum);
    }
  }

  /** Counts what is below directories that came or went. */
  void settle() throws IOException {
    for (Map.Entry<Content.Directory, Integer> entry : directories.entrySet()) {
      if (entry.getValue() != 0) {
        below(entry.getKey(), entry.getValue());
      }
    }
  }

  private void below(Content.Directory directory, int times) throws IOException {
    DirectoryReader entries = new DirectoryReader(pages, directory);
    for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
      if (entry.content() instanceof Content.Directory below) {
        tally.known(0, times, 0, 0);
        below(below, times);
      } else if (entry.content() instanceof Content.File) {
        tally.known(times, 0, 0, times * entry.size());
      } else {
        tally.known(0, 0, times, 0);
      }
    }
  }
}
