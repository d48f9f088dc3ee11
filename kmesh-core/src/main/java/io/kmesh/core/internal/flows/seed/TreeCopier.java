// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies one tree of the source after another, as far as that is plain: directories, and regular
 * files with one name, without holes and without extended attributes, whose stamps prove what was
 * read. All else is left out, for who looks at the source afterwards. For one thread.
 */
final class TreeCopier {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
  private static final int BUFFER = 256 << 10;
  private static final int BLOCK = 512;

  /** So many bytes of files are seen at once. */
  private static final long MOST_BYTES = 256L << 20;

  /** Larger ones take long, and cost little by the file. */
  private static final long MOST_FILE = 64L << 20;

  /** A directory with more is left to who needs no memory for its names. */
  private static final int MOST_NAMES = 65_536;

  /** Without these nothing can be put into a directory any more by who is not privileged. */
  private static final int WRITABLE = 0300;

  private final PosixTree source;
  private final LiveTree live;
  private final long device;
  private final Nursery nursery;
  private final KmeshTime time;
  private final SeedSettings settings;
  private final Watch watch;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private @Nullable FileStat made;

  /** Who is asked while a tree is copied. */
  interface Watch {
    /** Waits until so many bytes may be copied. */
    void pay(long bytes) throws InterruptedException;

    /** Whether to stop. */
    boolean isStopped();
  }

  /**
   * A directory of which a tree is to be made.
   *
   * @param parent its directory
   * @param path where it is at the source
   */
  record Job(Plot parent, PathBytes path) {}

  /** It is to stop. */
  static final class StoppedException extends IOException {
    private static final long serialVersionUID = 1;

    StoppedException() {
      super("the first copy was stopped");
    }
  }

  TreeCopier(
      PosixTree source,
      LiveTree live,
      long device,
      Nursery nursery,
      KmeshTime time,
      SeedSettings settings,
      Watch watch) {
    this.source = source;
    this.live = live;
    this.device = device;
    this.nursery = nursery;
    this.time = time;
    this.settings = settings;
    this.watch = watch;
  }

  /** A directory that is being copied. */
  private static final class Level {
    final int parent;
    final int index;
    final PathBytes path;
    final Plot plot = new Plot();
    final PosixDirectory from;
    final PosixDirectory to;
    final FileStat stat;
    final boolean isYoung;
    final Deque<PathBytes> directories = new ArrayDeque<>();

    Level(
        int parent,
        int index,
        PathBytes path,
        PosixDirectory from,
        PosixDirectory to,
        FileStat stat,
        boolean isYoung) {
      this.parent = parent;
      this.index = index;
      this.path = path;
      this.from = from;
      this.to = to;
      this.stat = stat;
      this.isYoung = isYoung;
    }
  }

  /**
   * Copies a tree.
   *
   * @param rest gets the directories below that are trees of their own
   * @return empty when its top is left out
   * @throws IOException when the target can't take it; what was made stays there
   */
  Optional<Tree> copy(Job job, long number, List<Job> rest)
      throws IOException, InterruptedException {
    Work work = new Work(number);
    try {
      PosixDirectory from;
      try {
        from = source.openDirectory(job.path());
      } catch (IOException e) {
        return Optional.empty();
      }
      if (!work.enter(-1, job.path(), from)) {
        return Optional.empty();
      }
      work.run(rest);
      List<Sprout> all = new ArrayList<>(work.entries.size());
      for (Sprout one : work.entries) {
        all.add(java.util.Objects.requireNonNull(one));
      }
      return Optional.of(new Tree(number, job.parent(), all, work.bytes));
    } finally {
      work.close();
    }
  }

  private final class Work {
    final long number;

    /** Directories are null until they are left. */
    final List<@Nullable Sprout> entries = new ArrayList<>();

    final Deque<Level> levels = new ArrayDeque<>();
    long bytes;

    Work(long number) {
      this.number = number;
    }

    void run(List<Job> rest) throws IOException, InterruptedException {
      while (!levels.isEmpty()) {
        if (watch.isStopped()) {
          throw new StoppedException();
        }
        Level level = levels.element();
        PathBytes next = level.directories.poll();
        if (next == null) {
          leave();
        } else if (entries.size() >= settings.entries()
            || bytes >= MOST_BYTES
            || levels.size() >= settings.depth()) {
          rest.add(new Job(level.plot, level.path.resolve(next)));
        } else {
          PosixDirectory from = open(level.from, next);
          if (from != null) {
            boolean unused = enter(level.index, level.path.resolve(next), from);
          }
        }
      }
    }

    private @Nullable PosixDirectory open(PosixDirectory above, PathBytes name) {
      try {
        return above.openDirectory(name);
      } catch (IOException e) {
        return null;
      }
    }

    /** Begins a directory, and copies its files; false when it is left out. */
    boolean enter(int parent, PathBytes path, PosixDirectory from)
        throws IOException, InterruptedException {
      PosixDirectory to = null;
      boolean isEntered = false;
      try {
        Instant now = time.now();
        FileStat stat;
        List<PathBytes> files = new ArrayList<>();
        List<PathBytes> directories = new ArrayList<>();
        try {
          stat = from.stat();
          if (stat.device() != device || (stat.mode() & WRITABLE) != WRITABLE || hasXattrs(from)) {
            return false;
          }
          list(from, files, directories);
          files.sort(null); // as registers stand
          directories.sort(null);
        } catch (IOException e) {
          return false;
        }
        if (parent < 0) {
          to = nursery.make(number);
        } else {
          PosixDirectory above = levels.element().to;
          above.makeDirectory(path.name(), 0700);
          to = above.openDirectory(path.name());
        }
        Level level = new Level(parent, entries.size(), path, from, to, stat, isYoung(stat, now));
        level.directories.addAll(directories);
        levels.push(level);
        isEntered = true;
        entries.add(null);
        for (PathBytes name : files) {
          if (watch.isStopped()) {
            throw new StoppedException();
          }
          file(level, name, now);
        }
        return true;
      } finally {
        if (!isEntered) {
          try (from) {
            if (to != null) {
              to.close();
            }
          }
        }
      }
    }

    private void leave() throws IOException {
      Level level = levels.element();
      Attributes attributes = new Attributes(level.stat.mode(), level.stat.uid(), level.stat.gid());
      boolean isTop = level.index == 0;
      if (!isTop) {
        nursery.finish(level.to, level.to.stat(), attributes, level.stat.mtime());
      }
      entries.set(
          level.index,
          new Sprout(
              level.parent,
              level.path.name(),
              level.stat,
              attributes,
              level.to.stat(),
              level.isYoung,
              level.plot));
      levels.pop();
      close(level);
    }

    private void file(Level level, PathBytes name, Instant now)
        throws IOException, InterruptedException {
      PosixFile in;
      FileStat before;
      try {
        in = level.from.openFile(name, READ);
      } catch (IOException e) {
        return;
      }
      try (in) {
        try {
          before = in.stat();
          if (!isPlain(before, now) || isSparse(in, before) || hasXattrs(in)) {
            return;
          }
        } catch (IOException e) {
          return;
        }
        watch.pay(before.size());
        FileStat after = null;
        Attributes attributes = new Attributes(before.mode(), before.uid(), before.gid());
        try (PosixFile out = level.to.openFile(name, NEW)) {
          FileStat empty = made;
          if (empty == null) {
            empty = out.stat();
            made = empty;
          }
          if (read(in, before, out)) {
            nursery.finish(out, empty, attributes, before.mtime());
            after = out.stat();
          }
        }
        if (after == null) {
          level.to.unlink(name);
          return;
        }
        entries.add(new Sprout(level.index, name, before, attributes, after, false, null));
        bytes += before.size();
      }
    }

    /** Whether the file was what its stamp says until all of it was read. */
    private boolean read(PosixFile in, FileStat before, PosixFile out) throws IOException {
      long at = 0;
      while (at < before.size()) {
        buffer.clear().limit((int) Math.min(BUFFER, before.size() - at));
        int count;
        try {
          count = in.read(buffer, at);
        } catch (IOException e) {
          return false;
        }
        if (count <= 0) {
          return false;
        }
        buffer.flip();
        out.write(buffer, at);
        at += count;
      }
      FileStat now;
      try {
        now = in.stat();
      } catch (IOException e) {
        return false;
      }
      return now.ctime().equals(before.ctime())
          && now.mtime().equals(before.mtime())
          && now.size() == before.size();
    }

    void close() throws IOException {
      for (Level level : levels) {
        close(level);
      }
    }

    private void close(Level level) throws IOException {
      try {
        level.from.close();
      } finally {
        level.to.close();
      }
    }
  }

  static void list(PosixDirectory from, List<PathBytes> files, List<PathBytes> directories)
      throws IOException {
    try (DirectoryCursor all = from.entries()) {
      for (List<DirectoryEntry> some = all.next(); !some.isEmpty(); some = all.next()) {
        for (DirectoryEntry entry : some) {
          if (HiddenNames.isHidden(entry.name())) {
            continue;
          }
          if (entry.knownType() == FileType.REGULAR) {
            files.add(entry.name());
          } else if (entry.knownType() == FileType.DIRECTORY) {
            directories.add(entry.name());
          }
        }
        if (files.size() + directories.size() > MOST_NAMES) {
          files.clear();
          directories.clear();
          return;
        }
      }
    }
  }

  private boolean isPlain(FileStat stat, Instant now) {
    return stat.isRegular() && stat.links() == 1 && stat.size() <= MOST_FILE && !isYoung(stat, now);
  }

  private boolean isYoung(FileStat stat, Instant now) {
    Duration tick = live.tick(stat.ctime());
    return stat.ctime().toInstant().isAfter(now.minus(tick));
  }

  private static boolean isSparse(PosixFile file, FileStat stat) throws IOException {
    return stat.blocks() * BLOCK < stat.size() && file.nextHole(0) < stat.size();
  }

  private static boolean hasXattrs(PosixInode inode) throws IOException {
    try {
      return inode.xattrNames().stream().anyMatch(XattrFilter::isContent);
    } catch (ProviderException e) {
      if (e.errno().equals(Optional.of(Errno.EOPNOTSUPP))) {
        return false;
      }
      throw e;
    }
  }
}
