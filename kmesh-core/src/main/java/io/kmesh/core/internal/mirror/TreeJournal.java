// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.path.PathBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The journal of one run: none where none was asked for, or where there can't be one. */
final class TreeJournal implements Closeable {
  private final @Nullable MirrorJournal journal;

  private TreeJournal(@Nullable MirrorJournal journal) {
    this.journal = journal;
  }

  /**
   * Opens it; why there is none is in the report's notes, and ends nothing.
   *
   * @param direction {@code push} or {@code pull}
   * @param place what tells this run from those to and from other places
   */
  static TreeJournal open(TreeOptions options, TreeRun run, String direction, String... place) {
    Path folder = options.journalFolder;
    if (folder == null) {
      return new TreeJournal(null);
    }
    String why;
    try {
      Optional<MirrorJournal> found = options.journals.open(direction, List.of(place));
      if (found.isPresent()) {
        return new TreeJournal(found.get());
      }
      why = "another " + direction + " of the same place is under way";
    } catch (IOException | UnsupportedOperationException e) {
      why = e.toString();
    }
    run.tally()
        .sum(
            Subject.entry(PathBytes.EMPTY, ""),
            "A large file would begin anew if this ended early: nothing can be remembered in "
                + folder
                + ": "
                + why);
    return new TreeJournal(null);
  }

  @Nullable MirrorJournal orNull() {
    return journal;
  }

  @Override
  public void close() throws IOException {
    if (journal != null) {
      journal.close();
    }
  }
}
