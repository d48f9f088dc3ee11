// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes entries anywhere in a stored tree: the directories above them are written anew, all else
 * is shared with the tree as it was. Reads and writes some pages a changed directory, however large
 * the tree is. Needs memory for the edits. Thread-safe.
 */
public final class TreeEditor {
  private final DirectoryEditor directories;

  /** Edits trees of a source; the pages that change go to a sink. */
  public TreeEditor(ChunkSource source, ChunkSink sink) {
    this.directories = new DirectoryEditor(source, sink);
  }

  /**
   * Applies edits in the order of their paths, a directory's own before those below it. Directories
   * on the way keep their attributes.
   *
   * @param edits in any order; one of the empty path changes the top
   * @return the top of the new tree
   * @throws IllegalArgumentException when two are of one path, or an entry is put below what is no
   *     directory
   */
  public TreeNode apply(TreeNode root, Collection<TreeEdit> edits) throws IOException {
    Run run = new Run(edits);
    TreeNode top = run.items.isEmpty() ? root : run.change(root, List.of());
    if (top == null) {
      throw new IllegalArgumentException("Cannot remove the top of a tree. Remove what is in it.");
    }
    return top;
  }

  private record Item(List<PathBytes> names, Edit.Change change) {
    private static final Comparator<Item> ORDER = Item::compare;

    static Item of(TreeEdit edit) {
      return new Item(edit.path().names(), edit.change());
    }

    private static int compare(Item a, Item b) {
      int common = Math.min(a.names.size(), b.names.size());
      for (int i = 0; i < common; i++) {
        int order = a.names.get(i).compareTo(b.names.get(i));
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(a.names.size(), b.names.size());
    }

    boolean isBelow(List<PathBytes> directory) {
      return names.size() > directory.size()
          && names.subList(0, directory.size()).equals(directory);
    }
  }

  /** One pass over edits in their order. */
  private final class Run {
    private final List<Item> items = new ArrayList<>();
    private int next;

    Run(Collection<TreeEdit> edits) {
      edits.forEach(edit -> items.add(Item.of(edit)));
      items.sort(Item.ORDER);
      for (int i = 1; i < items.size(); i++) {
        if (items.get(i - 1).names().equals(items.get(i).names())) {
          throw new IllegalArgumentException(
              "Cannot change " + items.get(i).names() + " twice at once.");
        }
      }
    }

    /** Applies the edits at and below a path. */
    @Nullable TreeNode change(@Nullable TreeNode before, List<PathBytes> path) throws IOException {
      TreeNode node = before;
      if (items.get(next).names().size() == path.size()) {
        TreeNode after = items.get(next++).change().apply(before);
        PathBytes name = path.isEmpty() ? PathBytes.EMPTY : path.get(path.size() - 1);
        node = after == null ? null : after.named(name);
      }
      if (!isNextBelow(path)) {
        return node;
      }
      if (node != null && node.content() instanceof Content.Directory directory) {
        return node.holding(directories.apply(directory, () -> nextIn(path)));
      }
      while (isNextBelow(path)) {
        Item item = items.get(next++);
        if (item.change().apply(null) != null) {
          throw new IllegalArgumentException(
              "Cannot put " + item.names() + " into a tree: " + path + " is no directory there.");
        }
      }
      return node;
    }

    private boolean isNextBelow(List<PathBytes> path) {
      return next < items.size() && items.get(next).isBelow(path);
    }

    private @Nullable Edit nextIn(List<PathBytes> directory) {
      if (!isNextBelow(directory)) {
        return null;
      }
      List<PathBytes> path = items.get(next).names().subList(0, directory.size() + 1);
      return new Edit(path.get(directory.size()), before -> change(before, path));
    }
  }
}
