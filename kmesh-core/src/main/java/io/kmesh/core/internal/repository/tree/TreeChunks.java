// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Finds all chunks that a tree names. Needs memory for the pages that wait, not for the tree. */
public final class TreeChunks {
  private final ChunkSource source;
  private final Visitor visitor;
  private final Deque<Pending> pages = new ArrayDeque<>();

  /** Chunks of trees, by a visitor. */
  public TreeChunks(ChunkSource source, Visitor visitor) {
    this.source = source;
    this.visitor = visitor;
  }

  /** Takes chunks. */
  public interface Visitor {
    /**
     * Takes a chunk that names others.
     *
     * @return whether to look into it; false when that was done before
     */
    boolean page(ChunkName name) throws IOException;

    /** Takes a chunk that names none. */
    void leaf(ChunkName name) throws IOException;
  }

  /** A page that waits: of a chunk list of that depth, or of a directory. */
  private record Pending(ChunkName name, int listDepth) {
    static Pending directory(ChunkName name) {
      return new Pending(name, -1);
    }
  }

  /** Visits all chunks that are named at or below an entry. */
  public void visit(TreeNode root) throws IOException {
    entry(root);
    for (Pending next = pages.poll(); next != null; next = pages.poll()) {
      if (!visitor.page(next.name())) {
        continue;
      }
      byte[] bytes = source.read(next.name());
      if (next.listDepth() >= 0) {
        list(ChunkListCodec.readPage(bytes, next.name(), next.listDepth()));
        continue;
      }
      Page page = Page.read(bytes, next.name());
      if (page instanceof Page.Leaf leaf) {
        for (TreeNode node : leaf.entries()) {
          entry(node);
        }
      } else if (page instanceof Page.Inner inner) {
        inner.children().forEach(child -> pages.push(Pending.directory(child.page())));
      }
    }
  }

  private void entry(TreeNode node) throws IOException {
    for (Attribute attribute : node.attributes()) {
      if (attribute.chunk() != null) {
        visitor.leaf(attribute.chunk());
      }
    }
    if (node.content() instanceof Content.Directory directory) {
      pages.push(Pending.directory(directory.page()));
    } else if (node.content() instanceof Content.Data data) {
      list(data.chunks());
    } else if (node.content() instanceof Content.Sparse sparse) {
      list(sparse.chunks());
    }
  }

  private void list(ChunkList list) throws IOException {
    for (ChunkName name : list.names()) {
      if (list.depth() == 0) {
        visitor.leaf(name);
      } else {
        pages.push(new Pending(name, list.depth() - 1));
      }
    }
  }
}
