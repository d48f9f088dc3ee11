// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Looks at stored trees without writing any. Memory is that of the pages on the way. */
public final class TreeVisit {
  private TreeVisit() {}

  /** Told of entries. */
  @FunctionalInterface
  public interface Visitor {
    /** An entry at a path below the top; a directory comes before what is in it. */
    void entry(PathBytes path, TreeNode node) throws IOException;
  }

  /** What differs. */
  public enum Difference {
    /** It is in the newer one only. */
    ADDED,
    /** It is in the older one only. */
    REMOVED,
    /** It is of another type. */
    TYPE,
    /** Its content differs. */
    CONTENT,
    /** Only its attributes differ. */
    ATTRIBUTES
  }

  /** Told of differences. */
  @FunctionalInterface
  public interface DiffVisitor {
    /**
     * A difference.
     *
     * @param before null when it was added
     * @param after null when it was removed
     */
    void change(
        PathBytes path, Difference kind, @Nullable TreeNode before, @Nullable TreeNode after)
        throws IOException;
  }

  /** The entries of the directory at a path; what is no directory is told itself. */
  public static void list(OpenSnapshot snapshot, PathBytes path, Visitor visitor)
      throws IOException {
    TreeNode top = snapshot.at(path);
    if (!(top.content() instanceof Content.Directory directory)) {
      visitor.entry(path, top);
      return;
    }
    DirectoryReader entries = new DirectoryReader(snapshot.chunks(), directory);
    for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
      visitor.entry(path.resolve(entry.name()), entry);
    }
  }

  /** All entries below a path; what is no directory is told itself. */
  public static void walk(OpenSnapshot snapshot, PathBytes path, Visitor visitor)
      throws IOException {
    TreeNode top = snapshot.at(path);
    if (top.content() instanceof Content.Directory) {
      walk(snapshot.chunks(), top, path, visitor);
    } else {
      visitor.entry(path, top);
    }
  }

  private static void walk(ChunkSource chunks, TreeNode node, PathBytes path, Visitor visitor)
      throws IOException {
    if (node.content() instanceof Content.Directory directory) {
      DirectoryReader entries = new DirectoryReader(chunks, directory);
      for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
        PathBytes at = path.resolve(entry.name());
        visitor.entry(at, entry);
        walk(chunks, entry, at, visitor);
      }
    }
  }

  /** What a newer snapshot of the same domain has otherwise; equal subtrees are not read. */
  public static void diff(OpenSnapshot older, OpenSnapshot newer, DiffVisitor visitor)
      throws IOException {
    new Diff(older.chunks(), newer.chunks(), visitor)
        .compare(older.manifest().root(), newer.manifest().root(), PathBytes.EMPTY);
  }

  private record Diff(ChunkSource older, ChunkSource newer, DiffVisitor visitor) {
    void compare(TreeNode before, TreeNode after, PathBytes path) throws IOException {
      if (before.type() != after.type()) {
        visitor.change(path, Difference.TYPE, before, after);
        below(older, before, path, Difference.REMOVED);
        below(newer, after, path, Difference.ADDED);
        return;
      }
      if (before.content() instanceof Content.Directory a
          && after.content() instanceof Content.Directory b) {
        if (!hasSameAttributes(before, after)) {
          visitor.change(path, Difference.ATTRIBUTES, before, after);
        }
        if (!a.equals(b)) {
          merge(new DirectoryReader(older, a), new DirectoryReader(newer, b), path);
        }
      } else if (!before.content().equals(after.content())) {
        visitor.change(path, Difference.CONTENT, before, after);
      } else if (!hasSameAttributes(before, after)) {
        visitor.change(path, Difference.ATTRIBUTES, before, after);
      }
    }

    private void merge(DirectoryReader before, DirectoryReader after, PathBytes path)
        throws IOException {
      TreeNode a = before.next();
      TreeNode b = after.next();
      while (a != null || b != null) {
        int order = a == null ? 1 : b == null ? -1 : a.name().compareTo(b.name());
        if (order == 0 && a != null && b != null) {
          compare(a, b, path.resolve(a.name()));
          a = before.next();
          b = after.next();
        } else if (order < 0 && a != null) {
          only(older, a, path.resolve(a.name()), Difference.REMOVED);
          a = before.next();
        } else if (b != null) {
          only(newer, b, path.resolve(b.name()), Difference.ADDED);
          b = after.next();
        }
      }
    }

    private void only(ChunkSource chunks, TreeNode node, PathBytes path, Difference kind)
        throws IOException {
      boolean isAdded = kind == Difference.ADDED;
      visitor.change(path, kind, isAdded ? null : node, isAdded ? node : null);
      below(chunks, node, path, kind);
    }

    private void below(ChunkSource chunks, TreeNode node, PathBytes path, Difference kind)
        throws IOException {
      boolean isAdded = kind == Difference.ADDED;
      walk(
          chunks,
          node,
          path,
          (at, entry) -> visitor.change(at, kind, isAdded ? null : entry, isAdded ? entry : null));
    }

    /** Whether all is the same that a restore would set. */
    private static boolean hasSameAttributes(TreeNode a, TreeNode b) {
      return a.mode() == b.mode()
          && a.uid() == b.uid()
          && a.gid() == b.gid()
          && a.mtime().equals(b.mtime())
          && a.attributes().equals(b.attributes());
    }
  }
}
