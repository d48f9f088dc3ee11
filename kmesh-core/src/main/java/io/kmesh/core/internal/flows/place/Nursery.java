// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.RenameMode;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where whole trees are made before anybody sees them: below the flow's hidden directory, under
 * names that no node has. What a process leaves there the next one removes. Thread-safe.
 */
public final class Nursery implements Closeable {
  private final PosixDirectory hidden;
  private final AttributeWriter attributes;

  Nursery(PosixDirectory hidden, AttributeWriter attributes) {
    this.hidden = hidden;
    this.attributes = attributes;
  }

  /** Makes a directory for its owner alone, and opens it. */
  public PosixDirectory make(long number) throws IOException {
    PathBytes name = FlowNames.seed(number);
    hidden.makeDirectory(name, 0700);
    return hidden.openDirectory(name);
  }

  /**
   * Gives something that was made here its attributes and its time.
   *
   * @param now what it is
   */
  public void finish(PosixInode made, FileStat now, Attributes wanted, FileTime mtime)
      throws IOException {
    attributes.write(made, now, wanted, AttributeWriter.Others.NONE);
    attributes.times(made, mtime);
  }

  /** Takes away what was made, with all that is in it; it need not be there. */
  public void remove(long number) throws IOException {
    remove(hidden, FlowNames.seed(number));
  }

  /** Names a tree by its node, as what has no name of its own yet. */
  void rename(long number, PathBytes held) throws IOException {
    hidden.rename(FlowNames.seed(number), hidden, held, RenameMode.NO_REPLACE);
  }

  /** Takes that back. */
  void renameBack(PathBytes held, long number) throws IOException {
    hidden.rename(held, hidden, FlowNames.seed(number), RenameMode.NO_REPLACE);
  }

  /** Takes away a tree in the hidden directory; what is deep in it comes up first. */
  static void remove(PosixDirectory hidden, PathBytes name) throws IOException {
    Deque<PathBytes> left = new ArrayDeque<>(List.of(name));
    long number = 0;
    while (!left.isEmpty()) {
      PathBytes next = left.pop();
      try (PosixDirectory directory = hidden.openDirectory(next)) {
        for (DirectoryEntry entry : list(directory)) {
          if (!isDirectory(directory, entry)) {
            directory.unlink(entry.name());
            continue;
          }
          PathBytes up = null;
          while (up == null) {
            up = up(directory, entry.name(), hidden, number++);
          }
          left.push(up);
        }
      } catch (ProviderException e) {
        if (TreeNames.is(e, Errno.ENOENT)) {
          continue;
        }
        throw e;
      }
      hidden.removeDirectory(next);
    }
  }

  private static @Nullable PathBytes up(
      PosixDirectory from, PathBytes name, PosixDirectory hidden, long number) throws IOException {
    PathBytes up = PathBytes.of("seed~gone" + number);
    try {
      from.rename(name, hidden, up, RenameMode.NO_REPLACE);
      return up;
    } catch (ProviderException e) {
      if (!TreeNames.is(e, Errno.EEXIST)) {
        throw e;
      }
      return null;
    }
  }

  private static boolean isDirectory(PosixDirectory in, DirectoryEntry entry) throws IOException {
    FileType type = entry.knownType();
    return (type == null ? in.stat(entry.name()).type() : type) == FileType.DIRECTORY;
  }

  private static List<DirectoryEntry> list(PosixDirectory directory) throws IOException {
    List<DirectoryEntry> all = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        all.addAll(some);
      }
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    hidden.close();
  }
}
