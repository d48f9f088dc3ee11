// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What changes a tree and brings it to the store. To be used with the index's monitor. */
final class TreeWriter implements Closeable {
  private final TreeIndex index;
  private final Spool spool;
  private final TreeEdits edits;
  private final FileBytes bytes;
  private final Push push;
  private List<PushProblem> problems = List.of();

  private TreeWriter(
      TreeIndex index,
      Spool spool,
      MirrorObjects objects,
      MirrorKeys keys,
      ObjectTreeSettings settings) {
    this.index = index;
    this.spool = spool;
    this.edits = new TreeEdits(index, spool, settings.time());
    this.bytes = new FileBytes(index, spool, objects, edits);
    this.push = new Push(settings, index, spool, objects, keys);
  }

  /**
   * Opens what writes, and finds what became of a push that a process did not end.
   *
   * @param folder where bytes are until they are pushed; owned, also when this fails
   */
  static TreeWriter open(
      TreeIndex index,
      PosixTree folder,
      MirrorObjects objects,
      MirrorKeys keys,
      ObjectTreeSettings settings)
      throws IOException {
    TreeWriter writer = new TreeWriter(index, new Spool(folder), objects, keys, settings);
    boolean isOpen = false;
    try {
      writer.recover();
      isOpen = true;
    } finally {
      if (!isOpen) {
        writer.close();
      }
    }
    return writer;
  }

  private void recover() throws IOException {
    List<Long> changed = new ArrayList<>();
    push.recover(true);
    try (Rows<TreeIndex.Changed> rows = index.changed()) {
      while (rows.next()) {
        changed.add(rows.row().inode());
      }
    }
    Set<Long> known = new HashSet<>();
    for (long number : changed) {
      edits.destroyNameless(number);
      Inode inode = index.inode(number);
      if (inode != null && inode.body() instanceof Body.Spooled spooled) {
        known.add(spooled.number());
      }
    }
    spool.keepOnly(known::contains);
    index.onCommit(spool);
    index.commit();
  }

  Spool spool() {
    return spool;
  }

  TreeEdits edits() {
    return edits;
  }

  FileBytes bytes() {
    return bytes;
  }

  /** Brings to the store what was changed since the last time. */
  void push() throws IOException {
    problems = push.run();
  }

  /** What the last push could not bring to the store, by key. */
  List<PushProblem> problems() {
    return problems;
  }

  @Override
  public void close() throws IOException {
    push.close();
    spool.close();
  }
}
