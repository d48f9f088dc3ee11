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
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file in the target that says which restore is under way there, so that what differs from the
 * snapshot is its cut, not somebody's; and to which entry all is durable, so that what comes behind
 * may have lost its bytes with the power. Its first line names what is restored; each other is
 * {@code synced PATH CHECKSUM} in hexadecimal, and the last whole one counts.
 */
final class RestoreMarker {
  private static final PathBytes NAME = PathBytes.of(".kmesh-restore");
  private static final String SYNCED = "synced ";
  private static final int MOST = 64 << 20;

  private final PosixTree target;
  private final String head;

  RestoreMarker(PosixTree target, TreeNode node) {
    this.target = target;
    String what =
        node.content() instanceof Content.Directory directory
            ? directory.height() + " " + directory.page()
            : "";
    this.head = "kmesh restore 0 " + what + "\n";
  }

  /**
   * What a target has.
   *
   * @param isThere whether there is a marker
   * @param isSame whether it is of this restore
   * @param synced the last entry, below the top and in the order of the walk, to which all is
   *     durable; null when that is not said
   */
  record Found(boolean isThere, boolean isSame, @Nullable PathBytes synced) {}

  /** Looks for a marker. */
  Found find() throws IOException {
    try (PosixDirectory top = target.openRoot()) {
      if (top.find(NAME).isEmpty()) {
        return new Found(false, false, null);
      }
      String text = read(top);
      return text.startsWith(head)
          ? new Found(true, true, synced(text))
          : new Found(true, false, null);
    }
  }

  private static String read(PosixDirectory top) throws IOException {
    try (PosixFile file = top.openFile(NAME, Set.of(OpenFlag.READ))) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(MOST, file.stat().size()));
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
        // Until all is read.
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }
  }

  /** That of the last whole line: what a crash tore or damaged says nothing. */
  private @Nullable PathBytes synced(String text) {
    PathBytes last = null;
    int from = head.length();
    for (int to = text.indexOf('\n', from); to >= 0; to = text.indexOf('\n', from)) {
      PathBytes path = path(text.substring(from, to));
      last = path == null ? last : path;
      from = to + 1;
    }
    return last;
  }

  private static @Nullable PathBytes path(String line) {
    int space = line.lastIndexOf(' ');
    if (!line.startsWith(SYNCED) || space < SYNCED.length()) {
      return null;
    }
    try {
      PathBytes path =
          PathBytes.of(HexFormat.of().parseHex(line.substring(SYNCED.length(), space)));
      return line(path).equals(line + "\n") ? path : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String line(PathBytes path) {
    CRC32C sum = new CRC32C();
    sum.update(path.toBytes());
    return SYNCED
        + HexFormat.of().formatHex(path.toBytes())
        + " "
        + HexFormat.of().toHexDigits((int) sum.getValue())
        + "\n";
  }

  /** Begins the restore; refuses a directory with something in it unless that may be replaced. */
  void begin(TreeRestore.Overwrite overwrite) throws IOException {
    try (PosixDirectory top = target.openRoot()) {
      if (overwrite == TreeRestore.Overwrite.NEVER) {
        refuseContent(top);
      }
      try (PosixFile file =
          top.openFile(NAME, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
        write(file, head, 0);
      }
      if (isSyncing()) {
        top.sync(SyncMode.ALL);
      }
    }
  }

  private static void refuseContent(PosixDirectory directory) throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        for (DirectoryEntry entry : some) {
          // A marker alone was left by a restore that had not written anything.
          if (!entry.name().equals(NAME)) {
            throw new ProviderException(
                ErrorKind.EXISTS,
                "Cannot restore into the target: it is not empty, there is "
                    + entry.name()
                    + ". Restore into an empty directory, or allow to overwrite.");
          }
        }
      }
    }
  }

  /** Notes that all to an entry is durable. */
  void synced(PathBytes path) throws IOException {
    try (PosixDirectory top = target.openRoot();
        PosixFile file = top.openFile(NAME, Set.of(OpenFlag.WRITE))) {
      write(file, line(path), file.stat().size());
    }
  }

  private void write(PosixFile file, String text, long offset) throws IOException {
    file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), offset);
    if (isSyncing()) {
      file.sync(SyncMode.ALL);
    }
  }

  private boolean isSyncing() {
    return target.capabilities().contains(PosixCapability.SYNC);
  }

  /** Says that it is whole. */
  static void end(PosixDirectory top) throws IOException {
    top.unlink(NAME);
  }
}
