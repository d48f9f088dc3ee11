// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.chunk.FileClass;
import io.kmesh.core.internal.repository.session.ChunkWriter;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkListWriter;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a tree of one domain to another, whose keys name everything anew. What is as in a tree
 * that was copied before is taken from that copy: a subtree by one comparison, a file without
 * reading it. Used once, by one thread.
 */
public final class TreeCopy implements AutoCloseable {
  private final ChunkReader source;
  private final ChunkReader before;
  private final Retrier.Check check;
  private final ChunkWriter chunks;
  private final MetadataWriter metadata;

  /**
   * A copy.
   *
   * @param source reads the source, and the tree of it that was copied before
   * @param before reads the target, where the copy of that is
   */
  public TreeCopy(ChunkReader source, ChunkReader before, Session target, Retrier.Check check)
      throws IOException {
    this.source = source;
    this.before = before;
    this.check = check;
    this.chunks = target.chunkWriter();
    this.metadata = target.metadataWriter();
  }

  /**
   * Copies a tree.
   *
   * @param node its top in the source
   * @param copied the top in the source of what was copied before; null for nothing
   * @param copy the top of that copy in the target
   * @return the top in the target; its chunks are written when this was flushed
   */
  public TreeNode run(TreeNode node, @Nullable TreeNode copied, @Nullable TreeNode copy)
      throws IOException {
    check.run();
    if (copied != null && copy != null && node.content().equals(copied.content())) {
      return with(node, copy.content());
    }
    if (node.content() instanceof Content.Directory directory) {
      return with(node, directory(directory, copied, copy));
    }
    if (node.content() instanceof Content.Data data) {
      return with(node, new Content.Data(data.size(), list(data.chunks())));
    }
    if (node.content() instanceof Content.Sparse sparse) {
      return with(node, new Content.Sparse(sparse.size(), sparse.extents(), list(sparse.chunks())));
    }
    return with(node, node.content());
  }

  private Content directory(
      Content.Directory directory, @Nullable TreeNode copied, @Nullable TreeNode copy)
      throws IOException {
    @Nullable DirectoryReader old = null;
    @Nullable DirectoryReader oldCopy = null;
    if (copied != null
        && copy != null
        && copied.content() instanceof Content.Directory a
        && copy.content() instanceof Content.Directory b) {
      old = new DirectoryReader(source, a);
      oldCopy = new DirectoryReader(before, b);
    }
    DirectoryWriter writer = new DirectoryWriter(metadata);
    DirectoryReader entries = new DirectoryReader(source, directory);
    for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
      writer.add(run(entry, skipTo(old, entry), skipTo(oldCopy, entry)));
    }
    return writer.end();
  }

  private static @Nullable TreeNode skipTo(@Nullable DirectoryReader reader, TreeNode entry)
      throws IOException {
    if (reader == null) {
      return null;
    }
    for (TreeNode next = reader.peek(); next != null; next = reader.peek()) {
      int order = next.name().compareTo(entry.name());
      if (order > 0) {
        return null;
      }
      reader.next();
      if (order == 0) {
        return next;
      }
    }
    return null;
  }

  private TreeNode with(TreeNode node, Content content) throws IOException {
    List<Attribute> attributes = new ArrayList<>();
    for (Attribute attribute : node.attributes()) {
      if (attribute.chunk() == null) {
        attributes.add(attribute);
      } else {
        byte[] value = source.read(attribute.chunk());
        attributes.add(
            Attribute.of(attribute.name(), metadata.write(value, 0, value.length), value.length));
      }
    }
    return new TreeNode(
        node.name(),
        node.type(),
        node.mode(),
        node.uid(),
        node.gid(),
        node.mtime(),
        node.ctime(),
        node.inode(),
        node.device(),
        node.links(),
        attributes,
        content);
  }

  private ChunkList list(ChunkList list) throws IOException {
    FileClass file = new FileClass(chunks.probe());
    ChunkListWriter copy = new ChunkListWriter(metadata);
    ChunkLists.visit(
        list,
        source,
        0,
        Long.MAX_VALUE,
        (name, offset, length) -> {
          check.run();
          source.read(
              name,
              (bytes, from, count) -> copy.add(chunks.write(bytes, from, count, file), length));
        });
    return copy.finish();
  }

  /** Writes a chunk of metadata besides the tree. */
  public ChunkName write(byte[] bytes) throws IOException {
    return metadata.write(bytes, 0, bytes.length);
  }

  /** Writes what waits, to be published by the session. */
  public void flush() throws IOException {
    chunks.flush();
    metadata.flush();
  }

  @Override
  public void close() {
    chunks.close();
    metadata.close();
  }
}
