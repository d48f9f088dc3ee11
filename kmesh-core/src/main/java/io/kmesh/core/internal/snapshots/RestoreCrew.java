// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The threads that write files of a restore. */
final class RestoreCrew implements AutoCloseable {
  private final FileWriter.Settings settings;
  private final Crew<Batch> crew;

  RestoreCrew(FileWriter.Settings settings, int workers, Retrier.Check check) {
    this.settings = settings;
    this.crew = new Crew<>("kmesh-snapshot-write", workers, check, () -> this::writeAll);
  }

  /** Files of one directory. */
  static final class Batch {
    private final RestoreTask task;
    private final List<TreeNode> files = new ArrayList<>();
    private long bytes;

    Batch(RestoreTask task) {
      this.task = task;
    }

    void add(TreeNode file) {
      files.add(file);
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
    }
  }

  /** Writes a file at once. */
  void writeHere(RestoreTask task, TreeNode file) throws IOException {
    new FileWriter(settings).write(task, file);
  }

  private void writeAll(@Nullable Batch batch) throws IOException {
    if (batch == null) {
      return;
    }
    FileWriter writer = new FileWriter(settings);
    for (TreeNode file : batch.files) {
      writer.write(batch.task, file);
      batch.task.written();
    }
  }

  void end() throws IOException {
    crew.end();
  }

  @Override
  public void close() {
    crew.close();
  }
}
