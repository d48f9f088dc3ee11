// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes entries of a stored directory. Gives what writing the changed directory whole would give,
 * but reads and writes only the pages that edits fall into, those from there on until pages end
 * where they did before, and the last one of each height. Needs memory for a page of each height.
 * Thread-safe.
 *
 * <p>A page is made of what follows its first entry and of nothing else, so one whose first entry
 * begins a page of the new directory too is the same page there. The last of a height is not: it
 * ends with the directory, and what is before it decides whether there is a height above. So those
 * are always gone through.
 */
public final class DirectoryEditor {
  private final ChunkSource source;
  private final ChunkSink sink;

  /** Edits directories of a source; the pages that change go to a sink. */
  public DirectoryEditor(ChunkSource source, ChunkSink sink) {
    this.source = source;
    this.sink = sink;
  }

  /** Applies edits, sorted by name. */
  public Content.Directory apply(Content.Directory directory, List<Edit> edits) throws IOException {
    Iterator<Edit> all = edits.iterator();
    return apply(directory, () -> all.hasNext() ? all.next() : null);
  }

  /**
   * Applies edits. Each is applied before the next one is asked for.
   *
   * @throws IllegalArgumentException when edits are not sorted by name, or one changes the name
   */
  public Content.Directory apply(Content.Directory directory, Edit.Source edits)
      throws IOException {
    Run run = new Run(edits);
    run.pass(directory.page(), directory.height(), null);
    return run.writer.end();
  }

  /** Writes a new directory: applies edits to one without entries. */
  public Content.Directory create(Edit.Source edits) throws IOException {
    Run run = new Run(edits);
    run.add(List.of(), null);
    return run.writer.end();
  }

  /** One pass over a directory. */
  private final class Run {
    private final DirectoryWriter writer = new DirectoryWriter(sink);
    private final Edit.Source edits;
    private @Nullable Edit edit;

    Run(Edit.Source edits) throws IOException {
      this.edits = edits;
      this.edit = edits.next();
    }

    /**
     * Goes through a page and all below it.
     *
     * @param end the first name behind it; null when it is the last of its height
     */
    void pass(ChunkName name, int height, @Nullable PathBytes end) throws IOException {
      Page page = DirectoryReader.read(source, name, height);
      if (page instanceof Page.Leaf leaf) {
        List<TreeNode> entries = leaf.entries();
        if (!entries.isEmpty()) {
          requireBefore(name, entries.get(entries.size() - 1).name(), end);
        }
        add(entries, end);
      } else if (page instanceof Page.Inner inner) {
        List<Page.Child> children = inner.children();
        requireBefore(name, children.get(children.size() - 1).first(), end);
        for (int i = 0; i < children.size(); i++) {
          PathBytes next = i + 1 < children.size() ? children.get(i + 1).first() : end;
          Page.Child child = children.get(i);
          if (next != null && !isEditBefore(next) && writer.isAtStart(height - 1)) {
            writer.addPage(height - 1, child);
          } else {
            pass(child.page(), height - 1, next);
          }
        }
      }
    }

    private boolean isEditBefore(@Nullable PathBytes end) {
      return edit != null && (end == null || edit.name().compareTo(end) < 0);
    }

    /** Adds entries as edits leave them, and what edits put before an end. */
    void add(List<TreeNode> entries, @Nullable PathBytes end) throws IOException {
      for (TreeNode entry : entries) {
        while (isEditBefore(entry.name())) {
          change(null);
        }
        if (edit != null && edit.name().equals(entry.name())) {
          change(entry);
        } else {
          writer.add(entry);
        }
      }
      while (isEditBefore(end)) {
        change(null);
      }
    }

    private void change(@Nullable TreeNode before) throws IOException {
      Edit now = edit;
      if (now == null) {
        return;
      }
      TreeNode after = now.change().apply(before);
      if (after != null) {
        if (!after.name().equals(now.name())) {
          throw new IllegalArgumentException(
              "Cannot put " + after.name() + " in the place of " + now.name() + ".");
        }
        writer.add(after);
      }
      edit = edits.next();
      if (edit != null && edit.name().compareTo(now.name()) <= 0) {
        throw new IllegalArgumentException(
            "Cannot change " + edit.name() + " behind " + now.name() + ": edits are sorted.");
      }
    }
  }

  private static void requireBefore(ChunkName page, PathBytes last, @Nullable PathBytes end)
      throws ProviderException {
    if (end != null && last.compareTo(end) >= 0) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot change the directory page "
              + page
              + ": its entry "
              + last
              + " is not before "
              + end
              + ", which the next page begins with. It is damaged; run a check, then a repair.");
    }
  }
}
