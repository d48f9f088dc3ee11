// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A file in the target that says which restore is under way there: what differs from the snapshot
 * is then left by its cut, not somebody's.
 */
final class RestoreMarker {
  private static final PathBytes NAME = PathBytes.of(".kmesh-restore");
  private static final int MOST = 100;

  private final byte[] content;

  RestoreMarker(TreeNode node) {
    String what =
        node.content() instanceof Content.Directory directory
            ? directory.height() + " " + directory.page()
            : "";
    this.content = ("kmesh restore 0 " + what + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether this restore was begun in a directory. */
  boolean isIn(PosixDirectory directory) throws IOException {
    if (directory.find(NAME).isEmpty()) {
      return false;
    }
    try (PosixFile file = directory.openFile(NAME, Set.of(OpenFlag.READ))) {
      ByteBuffer bytes = ByteBuffer.allocate(MOST);
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
        // Until all is read.
      }
      return Arrays.equals(Arrays.copyOf(bytes.array(), bytes.position()), content);
    }
  }

  /** Begins the restore; refuses a directory with something in it unless that may be replaced. */
  void begin(PosixDirectory directory, TreeRestore.Overwrite overwrite) throws IOException {
    if (isIn(directory)) {
      return;
    }
    if (overwrite == TreeRestore.Overwrite.NEVER) {
      refuseContent(directory);
    }
    try (PosixFile file =
        directory.openFile(NAME, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      file.write(ByteBuffer.wrap(content), 0);
    }
  }

  private static void refuseContent(PosixDirectory directory) throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> entries = cursor.next();
      if (!entries.isEmpty()) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot restore into the target: it is not empty, there is "
                + entries.get(0).name()
                + ". Restore into an empty directory, or allow to overwrite.");
      }
    }
  }

  /** Says that it is whole. */
  void end(PosixDirectory directory) throws IOException {
    directory.unlink(NAME);
  }
}
