// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.merge.ConflictNames;
import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.flows.FlowConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Files that were written here and put beside something else at the source. Thread-safe. */
final class BackConflicts implements ConflictDesk {
  /** What the source puts beside something is called so, and a few names like it are tried. */
  static final ConflictNames NAMES = new ConflictNames(replica -> "target");

  static final int MOST_NAMES = 100;

  private static final String ID = "back-";

  private final BackJournal journal;
  private final KmeshFileSystem files;

  /**
   * Conflicts of a journal.
   *
   * @param files the flow's tree as its writers see it; stays the caller's
   */
  BackConflicts(BackJournal journal, KmeshFileSystem files) {
    this.journal = journal;
    this.files = files;
  }

  /** A name for what an edit wrote, beside what has its own. */
  static PathBytes name(PathBytes own, long journal, long number, int tries) {
    return NAMES.of(own, new NodeId(journal + tries, number));
  }

  @Override
  public List<FlowConflict> list() {
    List<BackLog.Done> sorted = new ArrayList<>(journal.conflicts());
    sorted.sort(Comparator.comparingLong(BackLog.Done::number));
    List<FlowConflict> all = new ArrayList<>();
    for (BackLog.Done one : sorted) {
      all.add(
          new FlowConflict(
              ID + one.number(),
              FlowConflict.Kind.CONTENT,
              one.path().toString(),
              "source",
              "target",
              "rule",
              "source",
              one.kept(),
              one.time().toInstant()));
    }
    return all;
  }

  @Override
  public void resolve(String id, FlowConflict.Choice choice) throws IOException {
    BackLog.Done one =
        journal.conflicts().stream()
            .filter(conflict -> id.equals(ID + conflict.number()))
            .findFirst()
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.NOT_FOUND,
                        "Cannot resolve the conflict "
                            + id
                            + ": there is none of that name. List them."));
    try {
      Optional<PathBytes> kept = kept(one);
      if (kept.isEmpty()) {
        throw new NoSuchFileException(one.kept());
      }
      if (choice == FlowConflict.Choice.KEEP_WINNER) {
        files.volume().writer().delete(path(kept.get()));
      } else {
        files.volume().writer().move(path(kept.get()), path(one.path()), true);
      }
    } catch (NoSuchFileException e) {
      if (choice == FlowConflict.Choice.TAKE_LOSER) {
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot take the loser of the conflict "
                + id
                + ": at the source there is no "
                + one.kept()
                + " any more, or no directory for "
                + one.path()
                + ". Move what you want by hand, and resolve it by KEEP_WINNER.",
            e);
      }
      // else somebody removed or moved it already, as they may
    } catch (FileSystemException e) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot resolve the conflict "
              + id
              + ": "
              + one.kept()
              + " can't "
              + (choice == FlowConflict.Choice.KEEP_WINNER
                  ? "be removed at the source"
                  : "take the place of " + one.path() + " at the source")
              + " ("
              + e
              + "). Look at both there, and resolve it again.",
          e);
    }
    journal.resolved(one.number());
  }

  private KmeshPath path(PathBytes path) {
    return KmeshPath.absolute(files, path.names());
  }

  /** The path that was told in its printed form; empty when it is none of those that are given. */
  private Optional<PathBytes> kept(BackLog.Done one) {
    PathBytes directory = one.path();
    while (!directory.isEmpty()) {
      directory = directory.parent();
      for (int tries = 0; tries < MOST_NAMES; tries++) {
        PathBytes path =
            directory.resolve(name(one.path().name(), journal.id(), one.number(), tries));
        if (path.toString().equals(one.kept())) {
          return Optional.of(path);
        }
      }
    }
    return Optional.empty();
  }
}
