// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The threads that read files of a scan. */
final class FileCrew implements AutoCloseable {
  private static final Set<OpenFlag> FLAGS = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int TRIES = 3;
  private static final int WAITING = 16;

  private final Session session;
  private final MetadataWriter metadata;
  private final ContentGate gate;
  private final Attributes attributes;
  private final ScanTally tally;
  private final AtomicReference<@Nullable TreeNode> top;
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
    this.gate = gate;
    this.attributes = attributes;
    this.tally = tally;
    this.top = top;
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
    PathBytes name = item.name();
    try (PosixFile file = directory.handle().openFile(name, FLAGS)) {
      FileStat stat = item.stat();
      for (int tries = 1; ; tries++) {
        TreeNode node = TreeScan.node(name, stat, attributes.of(file, stat, metadata));
        Optional<Content.File> other = gate.instead(file, stat);
        if (other.isPresent()) {
          return node.holding(other.get());
        }
        Content.@Nullable File read = null;
        try {
          read = content.write(file, stat);
        } catch (ChangedWhileReadException e) {
          // Its stat is another now.
        }
        FileStat now = file.stat();
        boolean isSame =
            read != null
                && read.size() == now.size()
                && now.mtime().equals(stat.mtime())
                && now.ctime().equals(stat.ctime());
        if (read != null && (isSame || tries == TRIES)) {
          tally.read(read.size());
          if (!isSame) {
            tally.problem(
                directory.path().resolve(name),
                "changed each of "
                    + TRIES
                    + " times that it was read; it is stored as it was read");
          }
          return node.holding(read);
        }
        if (tries == TRIES) {
          tally.problem(
              directory.path().resolve(name),
              "is left out: it changed each of " + TRIES + " times that it was read");
          return null;
        }
        stat = now;
      }
    } catch (ProviderException e) {
      if (e.errno().filter(n -> n.equals(Errno.ENOENT)).isPresent()) {
        return null;
      }
      if (e.errno().isEmpty()) {
        throw e;
      }
      tally.problem(directory.path().resolve(name), "is left out: " + e.getMessage());
      return null;
    }
  }

  @Override
  public void close() {
    crew.close();
  }
}
