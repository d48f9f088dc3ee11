// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A snapshot as it is. */
final class SnapshotVolume implements Volume {
  private static final byte[] OURS = "kmesh.".getBytes(StandardCharsets.US_ASCII);

  private final SnapshotChunks chunks;
  private final Entry root;

  SnapshotVolume(OpenSnapshot snapshot, ChunkCache cache) {
    this.chunks = new SnapshotChunks(snapshot, cache);
    this.root = new Entry(snapshot.manifest().root(), PathBytes.EMPTY);
  }

  /**
   * An entry of the snapshot.
   *
   * @param node what is stored
   * @param path where, without a slash before it
   */
  record Entry(TreeNode node, PathBytes path) implements Node {}

  /** What tells a file with several names from others. */
  record LinkKey(long device, long inode) {}

  @Override
  public Entry root() {
    return root;
  }

  @Override
  public @Nullable Entry find(Node directory, PathBytes name) throws IOException {
    Entry entry = (Entry) directory;
    if (!(entry.node().content() instanceof Content.Directory content)) {
      return null;
    }
    Optional<TreeNode> found = DirectoryReader.find(chunks, content, name);
    return found.isEmpty() ? null : new Entry(found.get(), entry.path().resolve(name));
  }

  @Override
  public @Nullable Entry at(PathBytes path) throws IOException {
    Entry entry = root;
    for (PathBytes name : KmeshPath.split(path)) {
      entry = entry == null ? null : find(entry, name);
    }
    return entry;
  }

  @Override
  public Names names(Node directory) throws IOException {
    if (!(((Entry) directory).node().content() instanceof Content.Directory content)) {
      return () -> null;
    }
    DirectoryReader reader = new DirectoryReader(chunks, content);
    return () -> {
      TreeNode next = reader.next();
      return next == null ? null : next.name();
    };
  }

  @Override
  public Facts facts(Node node) {
    Entry entry = (Entry) node;
    TreeNode stored = entry.node();
    long size = stored.size();
    long rdev = 0;
    if (stored.content() instanceof Content.Link link) {
      size = link.target().length();
    } else if (stored.content() instanceof Content.Device device) {
      rdev = device.major() << 32 | device.minor();
    }
    return new Facts(
        key(entry),
        stored.type(),
        stored.mode(),
        stored.uid(),
        stored.gid(),
        stored.mtime(),
        stored.ctime(),
        stored.inode(),
        stored.device(),
        stored.links(),
        size,
        rdev);
  }

  /** What tells a file from others: its inode where several names have it, else its path. */
  static Object key(Entry entry) {
    TreeNode node = entry.node();
    return node.isLinked() ? new LinkKey(node.device(), node.inode()) : entry.path();
  }

  @Override
  public PathBytes target(Node link) throws IOException {
    if (((Entry) link).node().content() instanceof Content.Link content) {
      return content.target();
    }
    throw new IOException("Cannot follow " + ((Entry) link).path() + ": it is no link.");
  }

  @Override
  public List<PathBytes> attributes(Node node) {
    return shown(((Entry) node).node()).stream().map(Attribute::name).toList();
  }

  /** The attributes of an entry, without those of Kmesh's own. */
  static List<Attribute> shown(TreeNode node) {
    return node.attributes().stream().filter(attribute -> !isOurs(attribute.name())).toList();
  }

  private static boolean isOurs(PathBytes name) {
    byte[] bytes = name.toBytes();
    return bytes.length >= OURS.length
        && Arrays.equals(bytes, 0, OURS.length, OURS, 0, OURS.length);
  }

  @Override
  public byte @Nullable [] attribute(Node node, PathBytes name) throws IOException {
    for (Attribute attribute : ((Entry) node).node().attributes()) {
      if (attribute.name().equals(name)) {
        byte[] value = attribute.value();
        return value != null || attribute.chunk() == null ? value : chunks.read(attribute.chunk());
      }
    }
    return null;
  }

  @Override
  public Bytes content(Node file) throws IOException {
    return FileContent.of(chunks, ((Entry) file).node().content());
  }

  @Override
  public long allocated(Node file) {
    TreeNode node = ((Entry) file).node();
    return node.content() instanceof Content.Sparse sparse
        ? sparse.extents().stream().mapToLong(Extent::length).sum()
        : node.size();
  }

  /** Its chunks. */
  SnapshotChunks chunks() {
    return chunks;
  }

  /** Whether an entry is a regular file whose bytes are in the snapshot. */
  static boolean hasBytes(Entry entry) {
    return entry.node().type() == FileType.REGULAR
        && !(entry.node().content() instanceof Content.Reference);
  }

  @Override
  public void close() throws IOException {
    chunks.close();
  }
}
