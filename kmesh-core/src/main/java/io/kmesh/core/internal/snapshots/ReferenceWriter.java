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

  /**
   * Makes a stub of a file that was released when it was taken and whose bytes the snapshot keeps.
   *
   * @return false when it is to be written with its bytes
   */
  boolean writeStub(RestoreTask task, TreeNode node, Content.File content, boolean isTrusted)
      throws IOException {
    Optional<byte[]> stored = lustre == null ? Optional.empty() : ArchiveReference.of(node);
    if (stored.isEmpty() || lustre == null) {
      return false;
    }
    ArchiveReference reference;
    try {
      reference = ArchiveReference.read(stored.get());
    } catch (ProviderException e) {
      tally.problem(
          task.path().resolve(node.name()), "is restored with its bytes: " + e.getMessage());
      return false;
    }
    ArchivedContents.Archived archived = contents.kept(reference, content).orElse(null);
    if (archived == null) {
      return false;
    }
    Optional<FileStat> there = task.handle().find(node.name());
    if (there.isPresent() && FileWriter.looksSame(there.get(), node)) {
      Fid fid = lustre.identity().fid(task.handle(), node.name());
      if (!lustre.hsm().state(fid).isReleased()) {
        return isTrusted; // Else it is compared.
      }
      // Size and time say nothing of a stub whose content is not in the archive any more.
      if (isTrusted && contents.isHeld(fid, archived)) {
        return true;
      }
    }
    return stubs.write(task, node, archived, there);
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
