// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the contents that references of snapshots mean, and gives them to stubs. Thread-safe. */
public interface ArchivedContents extends AutoCloseable {
  /**
   * A content in the snapshot's own repository.
   *
   * @param reference what means it
   * @param content where its bytes are
   * @param sha256OrNull the SHA-256 of its bytes; null where that is not known
   * @param isKept whether the snapshot keeps it; else the entry of the file that was archived does,
   *     and it can go at any time
   */
  record Archived(
      ArchiveReference reference,
      Content.File content,
      @Nullable Sha256 sha256OrNull,
      boolean isKept) {}

  /**
   * What was found.
   *
   * @param archivedOrNull the content; null when it is not there
   * @param reason why it is not, and what to do; empty when it is
   */
  record Found(@Nullable Archived archivedOrNull, String reason) {}

  /**
   * A released file whose content is to be kept for it.
   *
   * @param fid the file
   * @param path where it will be, for people
   * @param node its attributes
   * @param archived its content
   */
  record Stub(Fid fid, PathBytes path, TreeNode node, Archived archived) {}

  /** Looks for the content that a file had when it was taken. */
  Found find(TreeNode file, ArchiveReference reference) throws IOException;

  /**
   * A content that the snapshot, which is open, keeps of a file that was released.
   *
   * @return empty when this repository is not the archive, so that no stub could have it
   */
  Optional<Archived> kept(ArchiveReference reference, Content.File content) throws IOException;

  /** Whether a file of the same file system and archive has a content for itself. */
  boolean isHeld(Fid fid, Archived archived) throws IOException;

  /**
   * Lets stubs of one file system have their contents for themselves, whatever becomes of the files
   * that these come from. Durable when it returns.
   *
   * @return those whose content went meanwhile; nothing is kept for them
   */
  List<Stub> hold(List<Stub> stubs) throws IOException;

  @Override
  void close();
}
