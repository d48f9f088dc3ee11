// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.path.PathBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The journal of one run: none where none was asked for, or where there can't be one; that is told
 * once a large file would have needed it, and ends nothing. Thread-safe.
 */
final class TreeJournal implements Closeable {
  private final @Nullable MirrorJournal journal;
  private final AtomicReference<@Nullable Runnable> complaint;

  private TreeJournal(@Nullable MirrorJournal journal, @Nullable Runnable complaint) {
    this.journal = journal;
    this.complaint = new AtomicReference<>(complaint);
  }

  /**
   * Opens it.
   *
   * @param direction {@code push} or {@code pull}
   * @param place what tells this run from those to and from other places
   */
  static TreeJournal open(TreeOptions options, TreeRun run, String direction, String... place) {
    Path folder = options.journalFolder;
    if (folder == null) {
      return none();
    }
    String why;
    try {
      Optional<MirrorJournal> found = options.journals.open(direction, List.of(place));
      if (found.isPresent()) {
        return new TreeJournal(found.get(), null);
      }
      why = "another " + direction + " of the same place is under way";
    } catch (IOException | UnsupportedOperationException e) {
      why = e.toString();
    }
    String note =
        "A large file would begin anew if this ended early: nothing can be remembered in "
            + folder
            + ": "
            + why;
    return new TreeJournal(null, () -> run.tally().sum(Subject.entry(PathBytes.EMPTY, ""), note));
  }

  /** One that remembers nothing, and was not asked to. */
  static TreeJournal none() {
    return new TreeJournal(null, null);
  }

  /** The journal, of which nothing is needed now. */
  @Nullable MirrorJournal orNull() {
    return journal;
  }

  /** The journal for a large file; that there is none is told now. */
  @Nullable MirrorJournal forLargeFile() {
    Runnable first = complaint.getAndSet(null);
    if (first != null) {
      first.run();
    }
    return journal;
  }

  @Override
  public void close() throws IOException {
    if (journal != null) {
      journal.close();
    }
  }
}
