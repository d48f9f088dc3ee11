// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The threads that write files of a restore. */
final class RestoreCrew implements AutoCloseable {
  private static final long PATIENCE = 10;

  private final FileWriter.Settings settings;
  private final ReferenceWriter references;
  private final Crew<Batch> crew;
  private final Semaphore written = new Semaphore(0);
  private int given; // batches since all was written

  RestoreCrew(
      FileWriter.Settings settings, ReferenceWriter references, int workers, Retrier.Check check) {
    this.settings = settings;
    this.references = references;
    this.crew = new Crew<>("kmesh-snapshot-write", workers, check, () -> this::writeAll);
  }

  /** Files of one directory. */
  static final class Batch {
    private final RestoreTask task;
    private final List<Item> files = new ArrayList<>();
    private long bytes;

    private record Item(TreeNode file, boolean isTrusted) {}

    Batch(RestoreTask task) {
      this.task = task;
    }

    /** Adds a file; see {@link FileWriter#write}. */
    void add(TreeNode file, boolean isTrusted) {
      files.add(new Item(file, isTrusted));
      bytes += file.size();
    }

    int files() {
      return files.size();
    }

    long bytes() {
      return bytes;
    }
  }

  /** Hands files over; waits while all threads have enough. */
  void write(Batch batch) throws IOException {
    if (batch.files() > 0) {
      batch.task.begin(batch.files());
      crew.give(batch);
      given++;
    }
  }

  /** Waits until all that was handed over is written and has its name. */
  void drain() throws IOException {
    try {
      while (given > 0) {
        if (written.tryAcquire(PATIENCE, TimeUnit.MILLISECONDS)) {
          given--;
        } else {
          crew.requireGoing();
        }
      }
      references.flush();
    } catch (InterruptedException e) {
      throw TreeScan.interrupted(e);
    }
  }

  /** Writes a file at once; it has its name then. */
  void writeHere(RestoreTask task, TreeNode file, boolean isTrusted) throws IOException {
    new FileWriter(settings, references).write(task, file, isTrusted);
    if (file.content() instanceof Content.Reference || ArchiveReference.of(file).isPresent()) {
      references.flush();
    }
  }

  private void writeAll(@Nullable Batch batch) throws IOException {
    if (batch == null) {
      return;
    }
    FileWriter writer = new FileWriter(settings, references);
    for (Batch.Item item : batch.files) {
      writer.write(batch.task, item.file(), item.isTrusted());
      batch.task.written();
    }
    written.release();
  }

  void end() throws IOException {
    crew.end();
    references.flush();
  }

  @Override
  public void close() {
    crew.close();
  }
}
