// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Restores files that were released when they were taken: as stubs where the target is their own
 * file system, with their bytes elsewhere; both only when the repository is their archive and has
 * the content that they had. Any other is left out with a word. Thread-safe.
 */
final class ReferenceWriter {
  private final ArchivedContents contents;
  private final StubStage stubs;
  private final @Nullable LustreBinding lustre;
  private final ScanTally tally;

  ReferenceWriter(
      ArchivedContents contents, StubStage stubs, RestoreTarget target, ScanTally tally) {
    this.contents = contents;
    this.stubs = stubs;
    this.lustre = target.lustreOrNull();
    this.tally = tally;
  }

  /** Writes a file; see {@link FileWriter#write}. */
  void write(
      FileWriter files,
      RestoreTask task,
      TreeNode node,
      Content.Reference stored,
      boolean isTrusted)
      throws IOException {
    PathBytes path = task.path().resolve(node.name());
    Optional<FileStat> there = task.handle().find(node.name());
    boolean looksSame = there.isPresent() && FileWriter.looksSame(there.get(), node);
    if (looksSame && isTrusted) {
      return;
    }
    ArchiveReference reference;
    try {
      reference = ArchiveReference.read(stored.reference());
    } catch (ProviderException e) {
      tally.problem(path, "is left out: " + e.getMessage());
      return;
    }
    if (looksSame && isOriginal(task.handle(), node.name(), reference)) {
      stubs.keep(task, node);
      return;
    }
    ArchivedContents.Found found = contents.find(node, reference);
    ArchivedContents.Archived archived = found.archivedOrNull();
    if (archived == null) {
      stubs.discard(task, node);
      tally.problem(path, "is left out: " + found.reason());
    } else if (!stubs.write(task, node, archived, there)) {
      bytes(files, task, node, archived, isTrusted, there.isPresent());
    }
  }

  /** Whether what is there is the file itself, whose bytes are where they were. */
  private boolean isOriginal(PosixDirectory directory, PathBytes name, ArchiveReference reference)
      throws IOException {
    if (lustre == null || !reference.fileSystem().equals(lustre.identity().fileSystemName())) {
      return false;
    }
    Fid fid = lustre.identity().fid(directory, name);
    return fid.equals(reference.fid())
        && reference.instance().equals(FileSystemInstance.find(lustre))
        && lustre.hsm().state(fid).isArchivedAndClean();
  }

  private void bytes(
      FileWriter files,
      RestoreTask task,
      TreeNode node,
      ArchivedContents.Archived archived,
      boolean isTrusted,
      boolean wasThere)
      throws IOException {
    try {
      files.put(task, node.holding(archived.content()), archived.content(), isTrusted);
    } catch (ProviderException e) {
      boolean isLost = e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.CORRUPT;
      ArchivedContents.Found now = isLost ? contents.find(node, archived.reference()) : null;
      if (now == null || archived.equals(now.archivedOrNull())) {
        throw e;
      }
      files.removePart(task, node, wasThere);
      tally.problem(
          task.path().resolve(node.name()),
          "is left out: its content went from its archive while it was restored");
    }
  }

  /** Gives all stubs that wait their names. */
  void flush() throws IOException {
    stubs.flush();
  }
}
