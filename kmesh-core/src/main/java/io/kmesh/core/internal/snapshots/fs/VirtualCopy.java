// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A virtual copy that is open. Thread-safe. */
public final class VirtualCopy implements AutoCloseable {
  private final CopyVolume volume;
  private final KmeshFileSystem system;
  private final Change.Head head;
  private final Manifest shown;
  private final Supplier<ChunkNamer> namers;

  /**
   * A copy.
   *
   * @param shown its snapshot
   * @param namers names chunks as its domain does
   */
  VirtualCopy(
      CopyVolume volume,
      KmeshFileSystem system,
      Change.Head head,
      Manifest shown,
      Supplier<ChunkNamer> namers) {
    this.volume = volume;
    this.system = system;
    this.head = head;
    this.shown = shown;
    this.namers = namers;
  }

  /** Its id: 16 hexadecimal digits. */
  public String id() {
    return head.copy();
  }

  /** The id of its snapshot. */
  public String snapshot() {
    return head.snapshot();
  }

  /** What its snapshot says of itself. */
  public Manifest manifest() {
    return shown;
  }

  /** The file system; closing it closes the copy. */
  public FileSystem fileSystem() {
    return system;
  }

  /**
   * One more file system of it.
   *
   * @param repository what its URIs call the repository
   * @param givenBack closed with it; the copy stays open
   */
  public FileSystem lend(String repository, Closeable givenBack) {
    return new KmeshFileSystem(
        new LentVolume(volume, givenBack), repository, head.copy(), shown.bytes());
  }

  /**
   * It as a tree that can be read, while others write.
   *
   * @param description for people
   * @param givenBack closed with it; the copy stays open
   */
  public PosixTree tree(String description, Closeable givenBack) {
    return new VolumeTree(description, new LentVolume(volume, givenBack), head.copy());
  }

  /**
   * What differs from the snapshot, found while the stream is used, by what was touched alone. What
   * is being written counts when its channel is closed.
   */
  public Stream<CopyChange> changes() {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            volume.changes(), Spliterator.NONNULL | Spliterator.DISTINCT),
        false);
  }

  /**
   * What brings the changes to a tree: the one that the snapshot was taken of, as it is now, or a
   * restore of it.
   *
   * @param tree stays the caller's
   * @param gate says which of its files must not be read
   * @param policy SKIP and THEIRS keep the tree's entry where both changed
   */
  public ReverseSync reverseSync(PosixTree tree, ContentGate gate, ConflictPolicy policy) {
    TreeVolume.Basis basis = new TreeVolume.Basis(volume.snapshot(), shown.time(), namers, gate);
    return new ReverseSync(volume, tree, basis, head.copy(), policy);
  }

  /** Makes everything durable that was written so far. */
  public void sync() throws IOException {
    volume.syncAll();
  }

  @Override
  public void close() throws IOException {
    system.close();
  }
}
