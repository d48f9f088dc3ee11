// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.ArchiveReference;
import io.kmesh.core.internal.snapshots.ArchivedContents;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes released files with the bytes that the catalogs of the same domain have of them: the
 * snapshot names their chunks and keeps them, whatever becomes of the entry. No data is read. The
 * session refers to the chunks, so that publishing fails when a collection took one meanwhile.
 * Thread-safe.
 */
public final class ArchiveGate implements ContentGate {
  private final ContentGate gate;
  private final CatalogContents contents;
  private final Session session;

  /**
   * A gate.
   *
   * @param gate says which files are released
   * @param contents of the session's domain
   * @param session which publishes what is taken
   */
  public ArchiveGate(ContentGate gate, CatalogContents contents, Session session) {
    this.gate = gate;
    this.contents = contents;
    this.session = session;
  }

  @Override
  public void enter(PosixDirectory directory, PathBytes path) throws IOException {
    gate.enter(directory, path);
  }

  @Override
  public Optional<Content.File> instead(PosixInode file, FileStat stat) throws IOException {
    return gate.instead(file, stat);
  }

  @Override
  public List<Attribute> more(PosixInode inode, FileStat stat) throws IOException {
    return gate.more(inode, stat);
  }

  @Override
  public TreeNode taken(TreeNode file) throws IOException {
    if (!(file.content() instanceof Content.Reference stored)) {
      return file;
    }
    Content.File content = content(file, ArchiveReference.read(stored.reference()));
    return content == null ? file : ArchiveReference.keep(file, stored, content);
  }

  /** A reference to this archive is one to what was not there; it may be by now. */
  @Override
  public boolean isToTakeAgain(TreeNode file) throws IOException {
    if (!(file.content() instanceof Content.Reference stored)) {
      return false;
    }
    try {
      return contents.isArchive(ArchiveReference.read(stored.reference()));
    } catch (ProviderException e) {
      return true; // A damaged one.
    }
  }

  private Content.@Nullable File content(TreeNode file, ArchiveReference reference)
      throws IOException {
    if (!contents.isArchive(reference)) {
      return null;
    }
    ChunkSource pages = contents.chunks(reference);
    try {
      ArchivedContents.Archived known = contents.findKnown(file, reference).archivedOrNull();
      if (known != null && ReferredContent.refer(session, known.content(), pages)) {
        return known.content();
      }
      // It was archived since the catalogs were read or the session began.
      ArchivedContents.Archived now = contents.find(file, reference).archivedOrNull();
      if (now == null) {
        return null;
      }
      session.renew();
      return ReferredContent.refer(session, now.content(), pages) ? now.content() : null;
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT) {
        return null; // A damaged catalog, which a check names, costs no snapshot.
      }
      throw e;
    }
  }
}
