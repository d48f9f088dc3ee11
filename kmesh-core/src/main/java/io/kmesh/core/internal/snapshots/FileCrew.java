// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The threads that read files of a scan. */
final class FileCrew implements AutoCloseable {
  private final Session session;
  private final MetadataWriter metadata;
  private final AtomicReference<@Nullable TreeNode> top;
  private final FileReader files;
  private final Crew<Batch> crew;

  FileCrew(
      Session session,
      MetadataWriter metadata,
      ContentGate gate,
      Attributes attributes,
      ScanTally tally,
      AtomicReference<@Nullable TreeNode> top,
      int workers,
      Retrier.Check check) {
    this.session = session;
    this.metadata = metadata;
    this.top = top;
    this.files = new FileReader(metadata, gate, attributes, tally);
    this.crew = new Crew<>("kmesh-snapshot-read", workers, check, Reader::new);
  }

  /** Files that are read by one thread, one after the other. */
  static final class Batch {
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    private record Item(PathBytes name, FileStat stat, DirectoryTask.Slot slot) {}

    void add(PathBytes name, FileStat stat, DirectoryTask.Slot slot) {
      items.add(new Item(name, stat, slot));
      bytes += stat.size();
    }

    int files() {
      return items.size();
    }

    long bytes() {
      return bytes;
    }
  }

  /** Hands files over; waits while all threads have enough. */
  void read(Batch batch) throws IOException {
    crew.give(batch);
  }

  /** Notes the top of the tree when it is known. */
  void done(@Nullable TreeNode node) {
    if (node != null) {
      top.set(node);
    }
  }

  /** Waits until all is read. */
  void end() throws IOException {
    crew.end();
  }

  /** What one thread reads with. */
  private final class Reader implements Crew.Worker<Batch> {
    private final ContentWriter content = new ContentWriter(session, metadata);

    Reader() throws IOException {}

    @Override
    public void work(@Nullable Batch batch) throws IOException {
      if (batch == null) {
        content.flush();
        return;
      }
      for (Batch.Item item : batch.items) {
        Crew.requireWanted();
        done(item.slot().fill(read(item, content)));
      }
    }

    @Override
    public void close() {
      content.close();
    }
  }

  private @Nullable TreeNode read(Batch.Item item, ContentWriter content) throws IOException {
    DirectoryTask directory = item.slot().directory();
    PathBytes path = directory.path().resolve(item.name());
    return files.read(directory.handle(), path, item.stat(), content);
  }

  @Override
  public void close() {
    crew.close();
  }
}
