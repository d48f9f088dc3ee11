// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a stored directory in the order of their names, page after page. Needs memory for
 * a page of each level. For one thread.
 */
public final class DirectoryReader {
  private final ChunkSource source;
  private final Deque<Level> above = new ArrayDeque<>();
  private List<TreeNode> leaf = List.of();
  private int next;
  private @Nullable PathBytes last;

  /** The entries of a directory from its first. */
  public DirectoryReader(ChunkSource source, Content.Directory directory) throws IOException {
    this.source = source;
    descend(directory.page(), directory.height(), null);
  }

  private DirectoryReader(ChunkSource source, Content.Directory directory, PathBytes after)
      throws IOException {
    this.source = source;
    descend(directory.page(), directory.height(), after);
    while (next < leaf.size() && leaf.get(next).name().compareTo(after) <= 0) {
      next++;
    }
  }

  /** The entries of a directory whose names are behind one, which need not be there. */
  public static DirectoryReader after(
      ChunkSource source, Content.Directory directory, PathBytes name) throws IOException {
    return new DirectoryReader(source, directory, name);
  }

  /** An inner page and where we are in it. */
  private static final class Level {
    private final List<Page.Child> children;
    private final int height;
    private int next;

    private Level(List<Page.Child> children, int height) {
      this.children = children;
      this.height = height;
    }
  }

  /** The next entry, or null at the end; stays there. */
  public @Nullable TreeNode peek() throws IOException {
    while (next == leaf.size()) {
      while (!above.isEmpty() && above.peek().next == above.peek().children.size()) {
        above.pop();
      }
      if (above.isEmpty()) {
        return null;
      }
      Level level = above.peek();
      descend(level.children.get(level.next++).page(), level.height - 1, null);
    }
    return leaf.get(next);
  }

  /** The next entry, or null at the end. */
  public @Nullable TreeNode next() throws IOException {
    TreeNode node = peek();
    if (node != null) {
      next++;
    }
    return node;
  }

  /** Goes down to the first leaf of a page, or to the one that a name belongs to. */
  private void descend(ChunkName name, int height, @Nullable PathBytes to) throws IOException {
    ChunkName page = name;
    for (int at = height; ; at--) {
      Page read = read(source, page, at);
      if (read instanceof Page.Leaf l) {
        leaf = l.entries();
        next = 0;
        requireOrder(page);
        return;
      }
      if (read instanceof Page.Inner inner) {
        Level level = new Level(inner.children(), at);
        level.next = to == null ? 1 : childOf(inner, to) + 1;
        above.push(level);
        page = inner.children().get(level.next - 1).page();
      }
    }
  }

  /** Entries ascend from page to page too: no name is there twice. */
  private void requireOrder(ChunkName page) throws ProviderException {
    if (leaf.isEmpty()) {
      return;
    }
    PathBytes before = last;
    if (before != null && before.compareTo(leaf.get(0).name()) >= 0) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the directory page "
              + page
              + ": its entry "
              + leaf.get(0).name()
              + " follows "
              + before
              + ". It is damaged; run a check, then a repair.");
    }
    last = leaf.get(leaf.size() - 1).name();
  }

  /** Reads a page of a height. */
  static Page read(ChunkSource source, ChunkName name, int height) throws IOException {
    Page page = source.page(name);
    if (page instanceof Page.Leaf != (height == 0)) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read the directory page "
              + name
              + ": it is not of height "
              + height
              + ". It is damaged; run a check, then a repair.");
    }
    return page;
  }

  /** The entry of one name, by as many pages as the directory is high. */
  public static Optional<TreeNode> find(
      ChunkSource source, Content.Directory directory, PathBytes name) throws IOException {
    ChunkName page = directory.page();
    for (int height = directory.height(); ; height--) {
      Page read = read(source, page, height);
      if (read instanceof Page.Leaf leaf) {
        return find(leaf.entries(), name);
      }
      if (read instanceof Page.Inner inner) {
        page = inner.children().get(childOf(inner, name)).page();
      }
    }
  }

  /** Which page below one has a name, if any has it. */
  private static int childOf(Page.Inner inner, PathBytes name) {
    List<Page.Child> children = inner.children();
    int next = 1;
    while (next < children.size() && children.get(next).first().compareTo(name) <= 0) {
      next++;
    }
    return next - 1;
  }

  private static Optional<TreeNode> find(List<TreeNode> entries, PathBytes name) {
    int from = 0;
    int to = entries.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      int order = entries.get(middle).name().compareTo(name);
      if (order == 0) {
        return Optional.of(entries.get(middle));
      } else if (order < 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return Optional.empty();
  }
}
