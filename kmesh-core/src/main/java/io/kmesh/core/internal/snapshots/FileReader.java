// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.ChunkSink;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads regular files with all that belongs to them, and again when they change. Thread-safe. */
final class FileReader {
  private static final Set<OpenFlag> FLAGS = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int TRIES = 3;

  private final ChunkSink metadata;
  private final ContentGate gate;
  private final Attributes attributes;
  private final ScanTally tally;

  FileReader(ChunkSink metadata, ContentGate gate, Attributes attributes, ScanTally tally) {
    this.metadata = metadata;
    this.gate = gate;
    this.attributes = attributes;
    this.tally = tally;
  }

  /**
   * Reads a file.
   *
   * @param path where, for messages; its last name is that of the entry
   * @param known its stat, as the walk saw it
   * @return null when it is gone, or was left out with a word
   */
  @Nullable TreeNode read(
      PosixDirectory directory, PathBytes path, FileStat known, ContentWriter content)
      throws IOException {
    PathBytes name = path.name();
    try (PosixFile file = directory.openFile(name, FLAGS)) {
      FileStat stat = known;
      for (int tries = 1; ; tries++) {
        TreeNode node = TreeScan.node(name, stat, attributes.of(file, stat, metadata));
        Optional<Content.File> other = gate.instead(file, stat);
        if (other.isPresent()) {
          TreeNode taken = gate.taken(node.holding(other.get()));
          FileStat now = file.stat();
          if (tries == TRIES || isSame(stat, now)) {
            return taken;
          }
          stat = now;
          continue;
        }
        Content.@Nullable File read = null;
        try {
          read = content.write(file, stat);
        } catch (ChangedWhileReadException e) {
          // Its stat is another now.
        }
        FileStat now = file.stat();
        boolean isSame = read != null && read.size() == now.size() && isSame(stat, now);
        if (read != null && (isSame || tries == TRIES)) {
          tally.read(read.size());
          if (!isSame) {
            tally.problem(
                path,
                "changed each of "
                    + TRIES
                    + " times that it was read; it is stored as it was read");
          }
          return node.holding(read);
        }
        if (tries == TRIES) {
          tally.problem(
              path, "is left out: it changed each of " + TRIES + " times that it was read");
          return null;
        }
        stat = now;
      }
    } catch (ProviderException e) {
      return left(path, e);
    }
  }

  private static boolean isSame(FileStat stat, FileStat now) {
    return now.mtime().equals(stat.mtime()) && now.ctime().equals(stat.ctime());
  }

  /** A file whose bytes are those of an entry before, with all else as it is now. */
  @Nullable TreeNode withBytesOf(TreeNode old, PosixDirectory directory, PathBytes path)
      throws IOException {
    try (PosixFile file = directory.openFile(path.name(), FLAGS)) {
      FileStat stat = file.stat();
      TreeNode node = TreeScan.node(path.name(), stat, attributes.of(file, stat, metadata));
      Optional<Content.File> other = gate.instead(file, stat);
      return other.isPresent()
          ? gate.taken(node.holding(other.get()))
          : node.holding(old.content());
    } catch (ProviderException e) {
      return left(path, e);
    }
  }

  private @Nullable TreeNode left(PathBytes path, ProviderException e) throws ProviderException {
    if (e.errno().filter(n -> n.equals(Errno.ENOENT)).isPresent()) {
      return null;
    }
    if (e.errno().isEmpty()) {
      throw e;
    }
    tally.problem(path, "is left out: " + e.getMessage());
    return null;
  }
}
