// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A virtual copy that is open. Thread-safe. */
public final class VirtualCopy implements AutoCloseable {
  private final CopyVolume volume;
  private final KmeshFileSystem system;
  private final Change.Head head;

  VirtualCopy(CopyVolume volume, KmeshFileSystem system, Change.Head head) {
    this.volume = volume;
    this.system = system;
    this.head = head;
  }

  /** Its id: 16 hexadecimal digits. */
  public String id() {
    return head.copy();
  }

  /** The id of its snapshot. */
  public String snapshot() {
    return head.snapshot();
  }

  /** The file system; closing it closes the copy. */
  public FileSystem fileSystem() {
    return system;
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

  /** Makes everything durable that was written so far. */
  public void sync() throws IOException {
    volume.syncAll();
  }

  @Override
  public void close() throws IOException {
    system.close();
  }
}
