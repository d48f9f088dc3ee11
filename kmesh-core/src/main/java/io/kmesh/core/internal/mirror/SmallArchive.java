// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.PendingArchive;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A small file that was read into the byte budget: nothing is in the store before the commit, which
 * is one conditional put, so that its bytes are written once.
 */
final class SmallArchive implements PendingArchive {
  private final Publisher publisher;
  private final Settler settler;
  private final Draft draft;
  private final Content.Digests digests;
  private final Retrier.Check check;
  private final MirrorObjects objects;
  private ByteBudget.@Nullable Piece piece;
  private boolean isCommitted;
  private boolean hasReplaced;

  SmallArchive(
      Publisher publisher,
      Settler settler,
      MirrorObjects objects,
      Draft draft,
      Content.Digests digests,
      ByteBudget.@Nullable Piece piece,
      Retrier.Check check) {
    this.publisher = publisher;
    this.settler = settler;
    this.objects = objects;
    this.draft = draft;
    this.digests = digests;
    this.piece = piece;
    this.check = check;
  }

  @Override
  public ArchivedObject commit() throws IOException {
    if (isCommitted) {
      throw new IllegalStateException("Cannot commit the archive of " + draft.fid() + " twice.");
    }
    ByteBuffer body = piece == null ? ByteBuffer.allocate(0) : piece.buffer();
    IndexEntry entry = publisher.publish(draft, body, digests, check);
    isCommitted = true;
    hasReplaced = !entry.kept().isEmpty();
    free();
    return settler.archived(entry, objects);
  }

  @Override
  public void settle() throws IOException {
    if (hasReplaced) {
      settler.settle(draft.fid());
    }
  }

  @Override
  public void close() {
    free();
  }

  private void free() {
    ByteBudget.Piece held = piece;
    piece = null;
    if (held != null) {
      held.close();
    }
  }
}
