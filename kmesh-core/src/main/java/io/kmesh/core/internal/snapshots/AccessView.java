// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.Caller;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tree that a caller sees: another tree, in which the directories on the way to what he may see
 * have nothing else. They are pages in memory; all that reads trees reads it, so that nothing has
 * to ask.
 */
final class AccessView {
  private final ChunkReader chunks;
  private final List<PathBytes> allowed;
  private final Map<ChunkName, byte[]> pages = new HashMap<>();

  private AccessView(ChunkReader chunks, List<PathBytes> allowed) {
    this.chunks = chunks;
    this.allowed = allowed;
  }

  /** What rules let a caller see; empty when that is nothing, the empty path for all. */
  static List<PathBytes> allowed(List<AccessRule> rules, Caller caller) {
    if (rules.isEmpty()) {
      return List.of(PathBytes.EMPTY);
    }
    return rules.stream().filter(rule -> rule.isFor(caller)).map(AccessRule::path).toList();
  }

  /**
   * The top of what a caller sees.
   *
   * @param chunks also gives the pages of it from then on
   * @return empty when that is nothing
   */
  static Optional<TreeNode> of(
      ChunkReader chunks, TreeNode top, List<AccessRule> rules, Caller caller) throws IOException {
    AccessView view = new AccessView(chunks, allowed(rules, caller));
    TreeNode seen = view.seen(top, PathBytes.EMPTY);
    chunks.add(view.pages);
    return Optional.ofNullable(seen);
  }

  private @Nullable TreeNode seen(TreeNode node, PathBytes path) throws IOException {
    if (allowed.stream().anyMatch(path::isAtOrBelow)) {
      return node;
    }
    TreeSet<PathBytes> names = new TreeSet<>();
    for (PathBytes goal : allowed) {
      if (goal.isAtOrBelow(path)) {
        names.add(goal.names().get(path.names().size()));
      }
    }
    if (names.isEmpty() || !(node.content() instanceof Content.Directory directory)) {
      return null;
    }
    DirectoryWriter writer = new DirectoryWriter(this::write);
    for (PathBytes name : names) {
      Optional<TreeNode> child = DirectoryReader.find(chunks, directory, name);
      TreeNode below = child.isEmpty() ? null : seen(child.get(), path.resolve(name));
      if (below != null) {
        writer.add(below);
      }
    }
    return node.holding(writer.end());
  }

  private ChunkName write(byte[] bytes, int offset, int length) throws IOException {
    ChunkName name = chunks.name(bytes, offset, length);
    pages.put(name, Arrays.copyOfRange(bytes, offset, offset + length));
    return name;
  }
}
