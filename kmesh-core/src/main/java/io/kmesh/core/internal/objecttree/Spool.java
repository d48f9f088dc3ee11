// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Files of bytes that were not pushed yet, in a folder, by number. A file that a committed index
 * may know goes only after the next commit. One thread at a time.
 */
final class Spool implements TreeIndex.OnCommit, Closeable {
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
  private static final Set<OpenFlag> BOTH = Set.of(OpenFlag.READ, OpenFlag.WRITE);
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int BLOCK = 512;
  private static final int MOST_OPEN = 64;

  private final PosixTree tree;
  private final PosixDirectory folder;
  private final Map<Long, PosixFile> open = new LinkedHashMap<>(16, 0.75f, true);
  private final Set<Long> written = new HashSet<>();
  private final Set<Long> gone = new HashSet<>();
  private long firstUnknown;

  /** A spool in the top directory of a tree, which it owns. */
  Spool(PosixTree tree) throws IOException {
    this.tree = tree;
    this.folder = tree.openRoot();
  }

  /** Whether holes are kept and found. */
  boolean isSparse() {
    return tree.capabilities().contains(PosixCapability.SPARSE);
  }

  /** Removes what is left of a process that ended. */
  void keepOnly(LongPredicate isKnown) throws IOException {
    List<PathBytes> left = new ArrayList<>();
    try (DirectoryCursor cursor = folder.entries()) {
      for (List<DirectoryEntry> b = cursor.next(); !b.isEmpty(); b = cursor.next()) {
        for (DirectoryEntry entry : b) {
          Optional<Long> number = number(entry.name());
          if (number.isPresent() && !isKnown.test(number.get())) {
            left.add(entry.name());
          }
        }
      }
    }
    for (PathBytes name : left) {
      folder.unlink(name);
    }
  }

  private static PathBytes name(long number) {
    return PathBytes.of(Long.toString(number));
  }

  private static Optional<Long> number(PathBytes name) {
    try {
      long number = Long.parseLong(name.toString());
      return name(number).equals(name) ? Optional.of(number) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Makes a file. */
  PosixFile create(long number) throws IOException {
    PosixFile file = folder.openFile(name(number), NEW);
    keep(number, file);
    written.add(number);
    return file;
  }

  /** A file, for reading and writing; it is closed by the spool, at the next call or later. */
  PosixFile file(long number) throws IOException {
    PosixFile there = open.get(number);
    if (there == null) {
      there = folder.openFile(name(number), BOTH);
      keep(number, there);
    }
    return there;
  }

  /** The bytes that a file takes in the folder. */
  long stored(long number) throws IOException {
    return file(number).stat().blocks() * BLOCK;
  }

  /** A file that will be changed. */
  PosixFile changing(long number) throws IOException {
    PosixFile file = file(number);
    written.add(number);
    return file;
  }

  /** A handle of its own for a thread of its own. */
  PosixFile reading(long number) throws IOException {
    return folder.openFile(name(number), READ);
  }

  private void keep(long number, PosixFile file) throws IOException {
    open.put(number, file);
    if (open.size() > MOST_OPEN) {
      Map.Entry<Long, PosixFile> oldest = open.entrySet().iterator().next();
      open.remove(oldest.getKey());
      oldest.getValue().close();
    }
  }

  /** A file is not needed any more. */
  void remove(long number) throws IOException {
    written.remove(number);
    PosixFile file = open.remove(number);
    if (file != null) {
      file.close();
    }
    if (number >= firstUnknown) {
      unlink(number);
    } else {
      gone.add(number);
    }
  }

  private void unlink(long number) throws IOException {
    try {
      folder.unlink(name(number));
    } catch (ProviderException e) {
      if (!e.errno().equals(Optional.of(Errno.ENOENT))) {
        throw e;
      }
    }
  }

  /** Makes durable what was written, before the index that names it is. */
  @Override
  public void before() throws IOException {
    if (written.isEmpty()) {
      return;
    }
    if (tree.capabilities().contains(PosixCapability.TREE_SYNC)) {
      tree.sync();
    } else if (tree.capabilities().contains(PosixCapability.SYNC)) {
      for (long number : written) {
        file(number).sync(SyncMode.DATA);
      }
      folder.sync(SyncMode.ALL);
    }
    written.clear();
  }

  /**
   * The index was committed: what it forgot goes.
   *
   * @param nextSpool the next number that it gives
   */
  @Override
  public void after(long nextSpool) throws IOException {
    firstUnknown = nextSpool;
    for (long number : gone) {
      unlink(number);
    }
    gone.clear();
  }

  @Override
  public void close() throws IOException {
    for (PosixFile file : open.values()) {
      file.close();
    }
    open.clear();
    folder.close();
    tree.close();
  }
}
