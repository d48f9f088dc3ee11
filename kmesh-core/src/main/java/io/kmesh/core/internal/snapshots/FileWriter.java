// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes files of a restore. For one thread. */
final class FileWriter {
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
  private static final Set<OpenFlag> AGAIN =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE);
  private static final String ASIDE = ".kmesh-restore-";

  private final Settings settings;
  private final ReferenceWriter references;

  FileWriter(Settings settings, ReferenceWriter references) {
    this.settings = settings;
    this.references = references;
  }

  /** What all writers of a restore share. */
  record Settings(
      ChunkReader chunks,
      TreeRestore.Overwrite overwrite,
      LustreAttributes lustre,
      AttributeSetter attributes,
      RestoreSync sync,
      ScanTally tally) {}

  /**
   * Writes a file unless it is there.
   *
   * @param isTrusted whether one of the same size and time has the same bytes too
   */
  void write(RestoreTask task, TreeNode node, boolean isTrusted) throws IOException {
    settings.tally().file(node.size());
    if (node.content() instanceof Content.Reference reference) {
      references.write(this, task, node, reference, isTrusted);
    } else if (node.content() instanceof Content.File content
        && !references.writeStub(task, node, content, isTrusted)) {
      put(task, node, content, isTrusted);
    }
  }

  /** Whether a file that is there has the size and time of a stored one. */
  static boolean looksSame(FileStat there, TreeNode node) {
    return there.isRegular() && there.size() == node.size() && there.mtime().equals(node.mtime());
  }

  /** Writes a file whose bytes are in the repository, unless it is there. */
  void put(RestoreTask task, TreeNode node, Content.File content, boolean isTrusted)
      throws IOException {
    PosixDirectory directory = task.handle();
    PathBytes path = task.path().resolve(node.name());
    Optional<FileStat> there = task.find(node.name());
    if (there.isEmpty()) {
      fill(directory, node.name(), NEW, node, content, path);
      return;
    }
    FileStat stat = there.get();
    if (looksSame(stat, node)
        && (isTrusted
            || (settings.sync().isReadable(stat) && isWhole(directory, node, content, path)))) {
      return;
    }
    // What was cut short has no time of its own yet: it is ours only if it is empty or we may.
    if (settings.overwrite() == TreeRestore.Overwrite.NEVER || stat.isDirectory()) {
      throw TreeRestore.inTheWay(path);
    }
    PathBytes aside = task.parts().of(ASIDE, node.name());
    fill(directory, aside, AGAIN, node, content, path);
    directory.rename(aside, directory, node.name(), RenameMode.REPLACE);
  }

  /**
   * Removes what was written of a file that could not be ended.
   *
   * @param wasThere whether something had its name before, which stays
   */
  void removePart(RestoreTask task, TreeNode node, boolean wasThere) throws IOException {
    PathBytes part = wasThere ? task.parts().of(ASIDE, node.name()) : node.name();
    if (task.handle().find(part).isPresent()) {
      task.handle().unlink(part);
    }
  }

  private boolean isWhole(
      PosixDirectory directory, TreeNode node, Content.File content, PathBytes path)
      throws IOException {
    try (PosixFile file = directory.openFile(node.name(), Set.of(OpenFlag.READ))) {
      if (!FileComparison.isSame(settings.chunks(), file, content)) {
        return false;
      }
      settings.attributes().set(file, node, path);
      settings.sync().wrote(file);
      return true;
    }
  }

  private void fill(
      PosixDirectory directory,
      PathBytes name,
      Set<OpenFlag> flags,
      TreeNode node,
      Content.File content,
      PathBytes path)
      throws IOException {
    try (PosixFile file = settings.lustre().open(directory, name, flags, node, path)) {
      if (content instanceof Content.Data data) {
        ChunkLists.visit(
            data.chunks(),
            settings.chunks(),
            0,
            data.size(),
            (chunk, offset, length) -> {
              Crew.requireWanted();
              settings
                  .chunks()
                  .read(
                      chunk,
                      (bytes, from, count) -> {
                        requireLength(path, chunk, count, length);
                        file.write(ByteBuffer.wrap(bytes, from, count), offset);
                      });
            });
      } else if (content instanceof Content.Sparse sparse) {
        file.truncate(sparse.size());
        Placement placement = new Placement(file, sparse.extents());
        ChunkLists.visit(
            sparse.chunks(),
            settings.chunks(),
            0,
            Long.MAX_VALUE,
            (chunk, offset, length) ->
                settings
                    .chunks()
                    .read(
                        chunk,
                        (bytes, from, count) -> {
                          requireLength(path, chunk, count, length);
                          placement.place(bytes, from, count);
                        }));
      }
      settings.tally().read(content.size());
      settings.attributes().set(file, node, path);
      settings.sync().wrote(file);
    }
  }

  /** A list that says another length than its chunk has would put bytes where none belong. */
  private static void requireLength(PathBytes path, ChunkName chunk, int count, long length)
      throws ProviderException {
    if (count != length) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot restore "
              + path
              + ": its chunk "
              + chunk
              + " has "
              + count
              + " bytes, its list says "
              + length
              + ". Run a check.");
    }
  }

  /** Puts bytes that come one behind the other where the extents are. */
  private static final class Placement {
    private final PosixFile file;
    private final List<Extent> extents;
    private int extent;
    private long inExtent;

    Placement(PosixFile file, List<Extent> extents) {
      this.file = file;
      this.extents = extents;
    }

    void place(byte[] bytes, int offset, int length) throws IOException {
      int done = 0;
      while (done < length) {
        Extent current = extents.get(extent);
        int count = (int) Math.min(length - done, current.length() - inExtent);
        file.write(ByteBuffer.wrap(bytes, offset + done, count), current.offset() + inExtent);
        done += count;
        inExtent += count;
        if (inExtent == current.length()) {
          extent++;
          inExtent = 0;
        }
      }
    }
  }
}
