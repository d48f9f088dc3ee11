// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tree whose machine crashes: {@link #crash} takes back or damages what was written, created,
 * renamed or removed through it since the file, or the directory, was last synced, and nothing
 * else. A file's sync does not make its name durable; a rename is durable with a sync of the
 * directory that it led to.
 *
 * <p>Each call that changes something is an operation of a {@link CrashPoint}. Attributes and
 * extended attributes are taken as durable at once. The real tree needs HARD_LINKS: a removed file
 * is kept in a hidden directory of its root until the removal is durable. For small files: what is
 * written over is kept in memory. Thread-safe calls, one crash.
 */
public final class CrashableTree implements PosixTree {
  static final PathBytes STASH = PathBytes.of(".kmesh-crashable");

  private final PosixTree real;
  private final CrashPoint crashPoint;
  private final List<Effect> effects = new ArrayList<>(); // guarded by this
  private final List<PosixInode> held = new ArrayList<>(); // guarded by this

  /** Handles that their users closed and that are held; guarded by this. */
  private final List<PosixInode> left = new ArrayList<>();

  private @Nullable PosixDirectory stash; // guarded by this
  private long stashed; // guarded by this

  /** How an effect that is not durable comes out of a crash. */
  interface Damage {
    void apply(Random random) throws IOException;
  }

  /**
   * Something that is not durable yet.
   *
   * @param inode what must be synced to make it so
   * @param what it is, for people
   */
  record Effect(InodeKey inode, String what, Damage damage) {}

  /** Names an inode. */
  record InodeKey(long device, long inode) {
    static InodeKey of(FileStat stat) {
      return new InodeKey(stat.device(), stat.inode());
    }
  }

  private CrashableTree(PosixTree real, CrashPoint crashPoint) {
    this.real = real;
    this.crashPoint = crashPoint;
  }

  /** A view of a tree that can crash. */
  public static CrashableTree of(PosixTree real, CrashPoint crashPoint) {
    return new CrashableTree(real, crashPoint);
  }

  @Override
  public String description() {
    return "crashable " + real.description();
  }

  @Override
  public Set<PosixCapability> capabilities() {
    return real.capabilities();
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    crashPoint.failIfCrashed();
    return CrashableHandles.directory(this, real.openRoot());
  }

  @Override
  public void sync() throws IOException {
    crashPoint.before("sync all");
    real.sync();
    synchronized (this) {
      effects.clear();
      held.removeAll(left);
      for (PosixInode inode : left) {
        inode.close();
      }
      left.clear();
    }
    crashPoint.after("sync all");
  }

  /** How many changes are not durable. */
  public synchronized int unsynced() {
    return effects.size();
  }

  /**
   * Ends the machine. Each change that is not durable stays, goes, or comes out damaged, as the
   * seed says; the real tree is what the next process finds. Every further call on this one fails.
   *
   * @return what was taken back or damaged
   */
  public List<String> crash(long seed) throws IOException {
    List<String> damaged = damage(seed);
    release(Second.REMOVED);
    return damaged;
  }

  /**
   * As {@link #crash}, but files that have other names keep the one that they got in the hidden
   * directory: to take it away would change their time of change. For those who crash often.
   */
  public List<String> crashAndGoOn(long seed) throws IOException {
    List<String> damaged = damage(seed);
    release(Second.KEPT);
    return damaged;
  }

  /** What becomes of the second names of files that have others. */
  private enum Second {
    KEPT,
    REMOVED
  }

  private List<String> damage(long seed) throws IOException {
    if (!crashPoint.hasCrashed()) {
      crashPoint.crashNow();
    }
    Random random = new Random(seed);
    List<String> damaged = new ArrayList<>();
    synchronized (this) {
      for (int i = effects.size() - 1; i >= 0; i--) {
        Effect effect = effects.get(i);
        if (random.nextInt(3) > 0) {
          try {
            effect.damage.apply(random);
            damaged.add(effect.what);
          } catch (ProviderException e) {
            // A later change that stayed made this one moot: its name is gone, or taken.
            damaged.add(effect.what + " (moot: " + e.kind() + ")");
          }
        }
      }
      effects.clear();
    }
    return damaged;
  }

  /** Closes the view and the real tree; nothing is damaged. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      effects.clear();
    }
    release(Second.REMOVED);
    real.close();
  }

  private synchronized void release(Second second) throws IOException {
    for (PosixInode inode : held) {
      inode.close();
    }
    held.clear();
    left.clear();
    PosixDirectory open = stash;
    stash = null;
    if (open != null) {
      try (PosixDirectory s = open;
          PosixDirectory root = real.openRoot()) {
        boolean isEmpty = true;
        for (PathBytes name : names(s)) {
          if (second == Second.KEPT && s.stat(name).links() > 1) {
            isEmpty = false;
          } else {
            s.unlink(name);
          }
        }
        if (isEmpty) {
          FileStat before = root.stat();
          root.removeDirectory(STASH);
          // The hidden directory was never the tree's own: nor is the time of its going.
          root.setTimes(before.atime(), before.mtime());
        }
      }
    }
  }

  private static List<PathBytes> names(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(e -> names.add(e.name()));
      }
    }
    return names;
  }

  CrashPoint crashPoint() {
    return crashPoint;
  }

  synchronized void add(Effect effect) {
    effects.add(effect);
  }

  /** Says that all changes of an inode are durable. */
  synchronized void synced(InodeKey inode) {
    effects.removeIf(e -> e.inode.equals(inode));
  }

  /** Whether a handle is still needed to take changes back; then it is closed with the tree. */
  synchronized boolean keeps(InodeKey key, PosixInode inode) {
    boolean needed = held.contains(inode) || effects.stream().anyMatch(e -> e.inode.equals(key));
    if (needed) {
      hold(inode);
      left.add(inode);
    }
    return needed;
  }

  /** A handle of the same directory that lives until the crash. */
  synchronized void hold(PosixInode inode) {
    if (!held.contains(inode)) {
      held.add(inode);
    }
  }

  /**
   * Keeps an entry that is about to go, under a second name.
   *
   * @return puts it back to where it was
   */
  Damage keep(PosixDirectory directory, PathBytes name) throws IOException {
    FileStat stat = directory.stat(name);
    if (stat.isDirectory()) {
      return random -> directory.makeDirectory(name, stat.mode());
    }
    PosixDirectory to;
    PathBytes kept;
    synchronized (this) {
      if (stash == null) {
        try (PosixDirectory root = real.openRoot()) {
          if (root.find(STASH).isEmpty()) {
            root.makeDirectory(STASH, 0700);
          }
          stash = root.openDirectory(STASH);
        }
      }
      to = stash;
      while (to.find(stashName(stashed)).isPresent()) {
        stashed++; // of an earlier one
      }
      kept = stashName(stashed++);
    }
    directory.link(name, to, kept);
    return random -> to.rename(kept, directory, name, RenameMode.NO_REPLACE);
  }

  private static PathBytes stashName(long number) {
    return PathBytes.of("kept-" + number);
  }

  /** Entries without the hidden directory. */
  static List<DirectoryEntry> visible(List<DirectoryEntry> entries) {
    return entries.stream().filter(e -> !e.name().equals(STASH)).toList();
  }
}
