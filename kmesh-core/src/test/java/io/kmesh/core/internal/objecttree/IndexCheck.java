// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether the rows of an index fit together. */
final class IndexCheck {
  private IndexCheck() {}

  static void requireConsistent(TreeIndex index) throws IOException {
    Map<Long, Integer> names = new HashMap<>();
    directory(index, TreeIndex.ROOT, names);
    try (Rows<Inode> inodes = index.inodes()) {
      while (inodes.next()) {
        inode(index, inodes.row(), names);
      }
    }
    try (Rows<StoredObject> objects = index.objects("")) {
      while (objects.next()) {
        object(index, objects.row());
      }
    }
    for (byte table : new byte[] {IndexKeys.PULLED, 'Q'}) {
      byte[] from = IndexKeys.table(table);
      try (var left = index.rows().scan(from, IndexKeys.after(from))) {
        assertThat(left.next()).as("rows of the table " + (char) table).isFalse();
      }
    }
  }

  private static void directory(TreeIndex index, long directory, Map<Long, Integer> names)
      throws IOException {
    try (Rows<Entry> entries = index.entries(directory)) {
      while (entries.next()) {
        Entry entry = entries.row();
        names.merge(entry.inode(), 1, Integer::sum);
        Inode inode = index.inode(entry.inode());
        assertThat(inode).as("the inode of " + entry).isNotNull();
        assertThat(inode.type()).as("the type of " + entry).isEqualTo(entry.type());
        Name name = index.name(entry.inode(), directory, entry.name());
        assertThat(name).as("the name of " + entry).isNotNull();
        if (!name.key().isEmpty()) {
          StoredObject object = index.object(name.key());
          assertThat(object).as("the object of " + entry + " at " + name.key()).isNotNull();
          assertThat(object.inode()).isEqualTo(entry.inode());
        }
        if (entry.isDirectory()) {
          directory(index, entry.inode(), names);
        }
      }
    }
  }

  private static void inode(TreeIndex index, Inode inode, Map<Long, Integer> names)
      throws IOException {
    List<Name> all = index.allNames(inode.number());
    if (inode.number() == TreeIndex.ROOT) {
      assertThat(all).isEmpty();
      return;
    }
    // All of its names were met from the root down, so none of them is out of reach.
    assertThat(names.get(inode.number())).as("names of " + inode).isEqualTo(all.size());
    assertThat(inode.links()).as("links of " + inode).isEqualTo(all.size());
    assertThat(all).isNotEmpty();
    if (inode.body() instanceof Body.InObject body && !index.isChanged(inode.number())) {
      StoredObject object = index.object(body.key());
      if (isDamaged(index, all)) {
        return;
      }
      assertThat(object).as("the object of the bytes of " + inode).isNotNull();
      assertThat(object.etag()).isEqualTo(body.etag());
      assertThat(object.inode()).isEqualTo(inode.number());
      assertThat(object.isHardLink()).isFalse();
    }
  }

  /** Whether nothing but hard links is left of a file. */
  private static boolean isDamaged(TreeIndex index, List<Name> names) throws IOException {
    for (Name name : names) {
      StoredObject object = index.object(name.key());
      if (object == null || !object.isHardLink()) {
        return false;
      }
    }
    return true;
  }

  private static void object(TreeIndex index, StoredObject object) throws IOException {
    if (object.inode() == 0 || object.inode() == TreeIndex.ROOT) {
      return;
    }
    Name name = index.name(object.inode(), object.directory(), object.name());
    assertThat(name).as("the name that is shown by " + object).isNotNull();
    assertThat(name.key()).isEqualTo(object.key());
  }
}
