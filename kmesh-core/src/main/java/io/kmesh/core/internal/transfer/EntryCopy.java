// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopyReport.Reason;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies one entry that is no directory. A new file gets its name at once and its modification time
 * last, so that a half one is never taken for equal after the process was killed; one that replaces
 * another is written aside and renamed. A durable copy writes every file aside and syncs it before
 * it gets its name, since a machine that crashes may keep the time and lose the bytes. Thread-safe.
 */
final class EntryCopy {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

  private final TreeCopySettings settings;
  private final CopyTally tally;
  private final AttributeCopy attributes;
  private final ContentCopy.Stop stop;
  private final WorkCrew<ByteBuffer> crew;
  private final boolean canSeek;

  EntryCopy(
      TreeCopySettings settings,
      CopyTally tally,
      AttributeCopy attributes,
      ContentCopy.Stop stop,
      WorkCrew<ByteBuffer> crew) {
    this.settings = settings;
    this.tally = tally;
    this.attributes = attributes;
    this.stop = stop;
    this.crew = crew;
    this.canSeek = settings.source.capabilities().contains(PosixCapability.SPARSE);
  }

  /**
   * Copies an entry and counts it.
   *
   * @throws CopyProblem when it can't be copied and the others can
   */
  void copy(CopyDirectory directory, PathBytes name, FileStat stat, ByteBuffer buffer)
      throws IOException {
    if (stat.isRegular()) {
      file(directory, name, stat, buffer);
    } else if (stat.type() == FileType.SYMLINK) {
      symlink(directory, name, stat);
    } else {
      special(directory, name, stat);
    }
  }

  private void file(CopyDirectory directory, PathBytes name, FileStat stat, ByteBuffer buffer)
      throws IOException {
    Optional<FileStat> present = find(directory, name);
    if (present.isPresent() && isCopyOf(present.get(), stat)) {
      if (!AttributeCopy.areEqual(present.get(), stat)) {
        refresh(directory, name, stat);
      }
      tally.content(stat.size());
      tally.equal.increment();
      tally.files.increment();
      return;
    }
    if (!settings.gate.mayRead(directory.source(), name, stat)) {
      throw new CopyProblem(
          Reason.RELEASED,
          "Its data are in the archive only, and reading it would restore it. Recall it first.",
          null);
    }
    boolean isAside = present.isPresent() || settings.isDurable;
    PathBytes written = isAside ? AsideName.of(name) : name;
    try (PosixFile from = openSource(directory, name)) {
      FileStat before = from.stat();
      for (int attempt = 0; ; attempt++) {
        try {
          if (attempt > 0 || isAside) {
            drop(directory, written);
          }
          long bytes = write(directory, from, before, written, buffer);
          FileStat after = from.stat();
          if (isSame(before, after) && before.ctime().equals(after.ctime())) {
            tally.copiedBytes.add(bytes);
            break;
          }
          tally.content(-before.size());
          before = after;
        } catch (CopyProblem e) {
          if (e.reason() != Reason.CHANGED) {
            throw e;
          }
          before = from.stat();
        }
        if (attempt >= settings.rereads) {
          throw new CopyProblem(
              Reason.CHANGED,
              "It changed each of the "
                  + (attempt + 1)
                  + " times that it was read. Copy it when it is quiet.",
              null);
        }
      }
      if (isAside) {
        directory.target().rename(written, directory.target(), name, RenameMode.REPLACE);
      }
    } catch (IOException e) {
      try {
        drop(directory, written);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    tally.files.increment();
  }

  private static boolean isSame(FileStat one, FileStat other) {
    return one.isRegular() && one.size() == other.size() && one.mtime().equals(other.mtime());
  }

  /** A second name of something else is no copy: what is written to one shows in the other. */
  private static boolean isCopyOf(FileStat present, FileStat stat) {
    return isSame(present, stat) && (stat.links() > 1 || present.links() == 1);
  }

  /** Its content is there; owner or mode were changed since. */
  private void refresh(CopyDirectory directory, PathBytes name, FileStat stat) throws IOException {
    try (PosixFile from = openSource(directory, name);
        PosixFile to = directory.target().openFile(name, READ)) {
      attributes.copy(from, stat, to);
      if (settings.isDurable) {
        to.sync(SyncMode.ALL);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private static Optional<FileStat> find(CopyDirectory directory, PathBytes name)
      throws IOException {
    try {
      return directory.target().find(name);
    } catch (IOException e) {
      throw CopyProblem.of(Reason.UNWRITABLE, e);
    }
  }

  private static PosixFile openSource(CopyDirectory directory, PathBytes name) throws IOException {
    try {
      return directory.source().openFile(name, READ);
    } catch (ProviderException e) {
      throw CopyProblem.of(
          e.kind() == ErrorKind.NOT_FOUND ? Reason.VANISHED : Reason.UNREADABLE, e);
    } catch (IOException e) {
      throw CopyProblem.of(Reason.UNREADABLE, e);
    }
  }

  private long write(
      CopyDirectory directory, PosixFile from, FileStat stat, PathBytes written, ByteBuffer buffer)
      throws IOException {
    try (PosixFile to = openNew(directory, written)) {
      long bytes = content(from, stat, to, buffer);
      try {
        attributes.copy(from, stat, to);
        if (settings.isDurable) {
          to.sync(SyncMode.ALL);
        }
      } catch (IOException e) {
        throw unwritable(e);
      }
      return bytes;
    }
  }

  private long content(PosixFile from, FileStat stat, PosixFile to, ByteBuffer buffer)
      throws IOException {
    ContentCopy content = new ContentCopy(from, stat, canSeek, to, settings.rangeSize, tally, stop);
    boolean isWhole = false;
    try {
      if (content.isLarge()) {
        crew.together(content, buffer);
      } else {
        content.step(buffer);
      }
      long bytes = content.end();
      isWhole = true;
      return bytes;
    } finally {
      if (!isWhole) {
        content.forget();
      }
    }
  }

  private static PosixFile openNew(CopyDirectory directory, PathBytes name) throws IOException {
    try {
      return directory.target().openFile(name, NEW);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private static void drop(CopyDirectory directory, PathBytes name) throws IOException {
    try {
      directory.target().unlink(name);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw CopyProblem.of(Reason.UNWRITABLE, e);
      }
    }
  }

  private static IOException unwritable(IOException e) {
    if (e instanceof CopyProblem) {
      return e;
    }
    ErrorKind kind = e instanceof ProviderException p ? p.kind() : ErrorKind.UNKNOWN_OUTCOME;
    return switch (kind) {
      case NO_SPACE, CANCELLED -> e;
      case UNSUPPORTED -> CopyProblem.of(Reason.UNSUPPORTED, e);
      default -> CopyProblem.of(Reason.UNWRITABLE, e);
    };
  }

  private void symlink(CopyDirectory directory, PathBytes name, FileStat stat) throws IOException {
    PathBytes text;
    try {
      text = directory.source().readSymlink(name);
    } catch (IOException e) {
      throw CopyProblem.of(Reason.UNREADABLE, e);
    }
    try {
      Optional<FileStat> present = directory.target().find(name);
      if (present.isPresent()
          && present.get().type() == FileType.SYMLINK
          && present.get().mtime().equals(stat.mtime())
          && directory.target().readSymlink(name).equals(text)) {
        tally.equal.increment();
      } else {
        drop(directory, name);
        directory.target().makeSymlink(name, text);
        attributes.copy(directory.source(), name, stat, directory.target(), name);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
    tally.symlinks.increment();
  }

  private void special(CopyDirectory directory, PathBytes name, FileStat stat) throws IOException {
    try {
      Optional<FileStat> present = directory.target().find(name);
      if (present.isPresent()
          && present.get().type() == stat.type()
          && present.get().rdev() == stat.rdev()
          && present.get().mtime().equals(stat.mtime())) {
        tally.equal.increment();
      } else {
        drop(directory, name);
        directory.target().makeNode(name, stat.type(), stat.mode(), stat.rdev());
        attributes.copy(directory.source(), name, stat, directory.target(), name);
      }
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.DENIED) {
        throw CopyProblem.of(Reason.UNSUPPORTED, e);
      }
      throw unwritable(e);
    } catch (IOException e) {
      throw unwritable(e);
    }
    tally.specials.increment();
  }

  /**
   * Makes an entry another name of one that was copied before.
   *
   * @param firstDirectory the open directory of that one, in the target
   */
  void link(
      io.kmesh.spi.posix.PosixDirectory firstDirectory,
      PathBytes firstName,
      CopyDirectory directory,
      PathBytes name)
      throws IOException {
    try {
      FileStat first = firstDirectory.stat(firstName);
      Optional<FileStat> present = directory.target().find(name);
      if (present.isPresent()
          && present.get().inode() == first.inode()
          && present.get().device() == first.device()) {
        tally.equal.increment();
      } else {
        drop(directory, name);
        firstDirectory.link(firstName, directory.target(), name);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
    tally.hardLinks.increment();
  }

  /** Copies a directory's attributes once nothing in it changes any more. */
  void finish(CopyDirectory directory) throws IOException {
    try {
      attributes.copy(directory.source(), directory.stat(), directory.target());
      if (settings.isDurable) {
        directory.target().sync(SyncMode.ALL);
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  static @Nullable CopyProblem asProblem(IOException e) {
    return e instanceof CopyProblem p ? p : null;
  }
}
