// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file in the target that says which restore is under way there, so that what differs from the
 * snapshot is its cut, not somebody's; and to which entry all is durable, so that what comes behind
 * may have lost its bytes with the power. Its first line names what is restored; each other is
 * {@code synced PATH CHECKSUM} in hexadecimal, and the last whole one counts. For one thread.
 */
final class RestoreMarker {
  private static final String SYNCED = "synced ";
  private static final int MOST = 64 << 20;

  private final PosixTree target;
  private final MarkerNames names;
  private final String head;
  private PathBytes name = MarkerNames.ALL.get(0);

  /**
   * That of one restore.
   *
   * @param names of the node's marker
   */
  RestoreMarker(PosixTree target, TreeNode node, MarkerNames names) {
    this.target = target;
    this.names = names;
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

  /** Looks for a marker; what only has the name of one is another's, so that nothing is trusted. */
  Found find() throws IOException {
    boolean isThere = false;
    try (PosixDirectory top = target.openRoot()) {
      for (PathBytes each : MarkerNames.ALL) {
        Optional<FileStat> stat = top.find(each);
        isThere = isThere || stat.isPresent();
        if (stat.filter(FileStat::isRegular).isPresent() && names.free().contains(each)) {
          String text = new String(read(top, each, MOST), StandardCharsets.ISO_8859_1);
          if (text.startsWith(head)) {
            name = each;
            return new Found(true, true, synced(text));
          }
        }
      }
    }
    return new Found(isThere, false, null);
  }

  private static byte[] read(PosixDirectory top, PathBytes name, int most) throws IOException {
    try (PosixFile file = top.openFile(name, Set.of(OpenFlag.READ))) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(most, file.stat().size()));
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
        // Until all is read.
      }
      return Arrays.copyOf(bytes.array(), bytes.position());
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
      Set<PathBytes> markers = markers(top);
      if (overwrite == TreeRestore.Overwrite.NEVER) {
        refuseContent(top, markers);
      }
      name = unused(top, markers);
      try (PosixFile file =
          top.openFile(name, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
        write(file, head, 0);
      }
      if (isSyncing()) {
        top.sync(SyncMode.ALL);
      }
    }
    goOn();
  }

  /** Takes away other markers before anything is written: what they say would not hold then. */
  void goOn() throws IOException {
    try (PosixDirectory top = target.openRoot()) {
      Set<PathBytes> others = markers(top);
      others.remove(name);
      for (PathBytes other : others) {
        top.unlink(other);
      }
      if (!others.isEmpty() && isSyncing()) {
        top.sync(SyncMode.ALL);
      }
    }
  }

  /** What is there and is a marker, by its bytes; a torn one only where no entry belongs. */
  private Set<PathBytes> markers(PosixDirectory top) throws IOException {
    Set<PathBytes> markers = new HashSet<>();
    for (PathBytes each : MarkerNames.ALL) {
      if (top.find(each).filter(FileStat::isRegular).isPresent()) {
        byte[] begin = read(top, each, MarkerNames.ENOUGH);
        if (MarkerNames.isMark(begin, 0, begin.length)
            || (names.free().contains(each) && MarkerNames.isTorn(begin, 0, begin.length))) {
          markers.add(each);
        }
      }
    }
    return markers;
  }

  private PathBytes unused(PosixDirectory top, Set<PathBytes> markers) throws IOException {
    for (PathBytes each : names.free()) {
      if (markers.contains(each) || top.find(each).isEmpty()) {
        return each;
      }
    }
    throw new ProviderException(
        ErrorKind.EXISTS,
        "Cannot restore into the target: the snapshot or the target has entries of all names that"
            + " can mark a restore, "
            + MarkerNames.ALL
            + ". Rename one in the target, or restore what is below one by one.");
  }

  private static void refuseContent(PosixDirectory directory, Set<PathBytes> markers)
      throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        for (DirectoryEntry entry : some) {
          // A marker alone was left by a restore that had not written anything.
          if (!markers.contains(entry.name())) {
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
        PosixFile file = top.openFile(name, Set.of(OpenFlag.WRITE))) {
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
  void end(PosixDirectory top) throws IOException {
    top.unlink(name);
  }
}
