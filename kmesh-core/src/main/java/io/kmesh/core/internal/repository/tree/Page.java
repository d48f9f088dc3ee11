// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.List;

/** A page of a directory. Immutable. */
public sealed interface Page {
  /**
   * Entries.
   *
   * @param entries ascending by name
   */
  record Leaf(List<TreeNode> entries) implements Page {}

  /**
   * Pages below.
   *
   * @param children ascending by their first name
   */
  record Inner(List<Child> children) implements Page {}

  /**
   * A page below another.
   *
   * @param first the name of its first entry
   * @param page its chunk
   * @param entries the number of entries below it
   */
  record Child(PathBytes first, ChunkName page, long entries) {}

  /** Reads a page from a chunk. */
  static Page read(byte[] bytes, ChunkName name) throws ProviderException {
    ByteInput in = new ByteInput(bytes, "the directory page " + name);
    int kind = in.u8();
    int version = in.u8();
    if (kind != 'L' && kind != 'I' || version != 0) {
      throw in.damaged("it is no directory page of version 0");
    }
    Page page = kind == 'L' ? readLeaf(in) : readInner(in);
    in.end();
    return page;
  }

  /** Reads the one entry of a page, as a root has it. */
  static TreeNode readRoot(byte[] bytes, String what) throws ProviderException {
    ByteInput in = new ByteInput(bytes, what);
    TreeNode node = EntryCodec.read(in, new EntryCodec.Before());
    in.end();
    return node;
  }

  /** The form of an entry that stands alone. */
  static byte[] writeRoot(TreeNode node) {
    io.kmesh.core.internal.repository.bytes.ByteOutput out =
        new io.kmesh.core.internal.repository.bytes.ByteOutput(256);
    EntryCodec.write(out, node, new EntryCodec.Before());
    return out.toBytes();
  }

  private static Leaf readLeaf(ByteInput in) throws ProviderException {
    int count = in.count("number of entries");
    List<TreeNode> entries = new ArrayList<>();
    EntryCodec.Before before = new EntryCodec.Before();
    for (int i = 0; i < count; i++) {
      TreeNode node = EntryCodec.read(in, before);
      if (!node.name().isName()) {
        throw in.damaged("an entry has the name " + node.name());
      }
      if (i > 0 && entries.get(i - 1).name().compareTo(node.name()) >= 0) {
        throw in.damaged("its entry " + node.name() + " is out of order");
      }
      entries.add(node);
    }
    return new Leaf(entries);
  }

  private static Inner readInner(ByteInput in) throws ProviderException {
    int count = in.count("number of pages below");
    if (count == 0) {
      throw in.damaged("it has no page below");
    }
    List<Child> children = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Child child =
          new Child(
              EntryCodec.path(in, in.block()),
              ChunkName.read(in),
              in.varint(Long.MAX_VALUE, "number of entries"));
      if (i > 0 && children.get(i - 1).first().compareTo(child.first()) >= 0) {
        throw in.damaged("its page " + child.first() + " is out of order");
      }
      children.add(child);
    }
    return new Inner(children);
  }
}
