// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is being restored: its own attributes are set when all in it is written, since
 * writing changes its times and may need the owner's rights. Thread-safe.
 */
final class RestoreTask {
  private final PathBytes path;
  private final PosixDirectory handle;
  private final PartNames parts;
  private final @Nullable TreeNode node;
  private final boolean isNew;
  private final AttributeSetter attributes;
  private final RestoreSync sync;
  private int unwritten;
  private boolean isListed;
  private boolean isClosed;

  /**
   * A directory.
   *
   * @param handle open; closed by this
   * @param parts what its files are called until they are whole
   * @param node what it gets in the end; null to leave it as it is
   * @param isNew whether it was made for this
   */
  RestoreTask(
      PathBytes path,
      PosixDirectory handle,
      PartNames parts,
      @Nullable TreeNode node,
      boolean isNew,
      AttributeSetter attributes,
      RestoreSync sync) {
    this.path = path;
    this.handle = handle;
    this.parts = parts;
    this.node = node;
    this.isNew = isNew;
    this.attributes = attributes;
    this.sync = sync;
  }

  PathBytes path() {
    return path;
  }

  PosixDirectory handle() {
    return handle;
  }

  PartNames parts() {
    return parts;
  }

  /** What of a name is there before it is restored: nothing in a directory that is new. */
  Optional<FileStat> find(PathBytes name) throws IOException {
    return isNew ? Optional.empty() : handle.find(name);
  }

  synchronized void begin(int files) {
    unwritten += files;
  }

  synchronized void written() throws IOException {
    unwritten--;
    end();
  }

  synchronized void listed() throws IOException {
    isListed = true;
    end();
  }

  private void end() throws IOException {
    if (isListed && unwritten == 0 && !isClosed) {
      isClosed = true;
      try (PosixDirectory directory = handle) {
        if (node != null) {
          attributes.set(directory, node, path);
        }
        sync.ended(directory);
      }
    }
  }

  /** Makes its entries durable, as far as they are written. */
  synchronized void sync() throws IOException {
    if (!isClosed) {
      handle.sync(SyncMode.ALL);
    }
  }

  synchronized boolean isClosed() {
    return isClosed;
  }

  /** Closes the handle, whatever is not written. */
  synchronized void abandon() {
    if (!isClosed) {
      isClosed = true;
      try {
        handle.close();
      } catch (IOException e) {
        // The failure that led here is told.
      }
    }
  }
}
