// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.lustre.LustreLayouts;
import io.kmesh.spi.lustre.LustreUsage;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.RestoreOnAccess;
import io.kmesh.testkit.lustre.ChangelogAdmin;
import io.kmesh.testkit.lustre.DirectoryPlacement;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The file system half of a simulated Lustre on a backing directory. Opening recovers what a killed
 * process left; {@link #start} follows once the coordinator is there, and then it may be used.
 * Thread-safe.
 */
public final class SimFileSystem implements Closeable {
  /**
   * What opening needs.
   *
   * @param directory the backing directory; made when it is not there
   * @param host the tree of that directory; closed with the file system
   * @param newShape what to make when the directory is empty
   * @param placement where new directories go
   * @param time the clock
   * @param uid the caller's user number; null for the process's own
   * @param gid the caller's group number; null for the process's own
   * @param jobId the job in changelog records
   * @param nid the client's network id there
   * @param steps sees each change of what is stored
   */
  public record Options(
      Path directory,
      PosixTree host,
      Shape newShape,
      DirectoryPlacement placement,
      KmeshTime time,
      @Nullable Long uid,
      @Nullable Long gid,
      @Nullable String jobId,
      String nid,
      StorageSteps steps) {}

  private final Core core;
  private final Journal journal;
  private final Recovery recovery;
  private final SimTree tree;
  private final Identity identity;
  private final Layouts layouts;
  private final HsmAccess hsm;
  private final Path clean;
  private final boolean wasClean;
  private final DirectoryLock lock;
  private boolean started;
  private boolean closed;

  private SimFileSystem(
      Core core,
      Journal journal,
      DirectoryPlacement placement,
      Path directory,
      boolean wasClean,
      DirectoryLock lock) {
    this.core = core;
    this.journal = journal;
    this.clean = directory.resolve("clean");
    this.wasClean = wasClean;
    this.lock = lock;
    Reaper reaper = new Reaper(core);
    this.recovery = new Recovery(core, reaper);
    Attributes attributes = new Attributes(core);
    Opener opener = new Opener(core, reaper, new FileData(core), attributes);
    Names names = new Names(core, journal, reaper, placement);
    this.tree = new SimTree(core, names, attributes, opener, reaper, "sim:" + directory);
    Walk walk = new Walk(tree);
    this.identity = new Identity(core, names, attributes, opener, walk);
    this.layouts = new Layouts(core, names, attributes, identity, walk);
    this.hsm = new HsmAccess(core, names, opener, reaper, identity, walk, directory.resolve("hsm"));
  }

  /** Opens the file system of a directory, or makes one there. */
  public static SimFileSystem open(Options options) throws IOException {
    Path directory = options.directory();
    Deque<Closeable> opened = new ArrayDeque<>();
    boolean complete = false;
    try {
      DirectoryLock lock = DirectoryLock.take(directory);
      opened.push(lock);
      Backing backing = new Backing(options.host(), options.steps());
      Shape shape = Superblock.read(directory.resolve("superblock"));
      boolean isNew = shape == null;
      if (shape == null) {
        shape = options.newShape();
        backing.format();
      }
      Files.createDirectories(directory.resolve("hsm"));
      Inodes inodes =
          Inodes.open(directory, shape.mdtCapacities().size(), backing, options.steps());
      opened.push(inodes);
      FileStat own = options.host().stat(PathBytes.EMPTY);
      Long uid = options.uid();
      Long gid = options.gid();
      Caller caller = new Caller(uid != null ? uid : own.uid(), gid != null ? gid : own.gid());
      String job = options.jobId();
      Attribution attribution =
          new Attribution(
              job != null ? job : "java." + caller.uid(),
              caller.uid(),
              caller.gid(),
              options.nid());
      Changelogs logs =
          Changelogs.open(
              directory.resolve("changelog"),
              inodes.mdts(),
              options.time(),
              attribution,
              options.steps());
      opened.push(logs);
      Core core = new Core(shape, backing, inodes, logs, caller, options.time(), options.steps());
      Journal journal = Journal.open(directory.resolve("journal"), options.steps());
      opened.push(journal);
      if (isNew) {
        makeRoot(core);
        Superblock.write(directory.resolve("superblock"), shape);
      }
      boolean wasClean = isNew || Files.deleteIfExists(directory.resolve("clean"));
      SimFileSystem made =
          new SimFileSystem(core, journal, options.placement(), directory, wasClean, lock);
      made.recovery.finish(journal);
      made.recovery.count();
      complete = true;
      return made;
    } finally {
      while (!complete && !opened.isEmpty()) {
        opened.pop().close();
      }
    }
  }

  private static void makeRoot(Core core) throws IOException {
    Fid fid = Fids.ROOT;
    if (core.inodes.find(fid) != null) {
      return;
    }
    FileTime now = core.now();
    Inode root = new Inode(fid, FileType.DIRECTORY);
    root.mode = 0755;
    root.uid = core.caller.uid();
    root.gid = core.caller.gid();
    root.links = 2;
    root.size = 4096;
    root.atime = now;
    root.mtime = now;
    root.ctime = now;
    core.inodes.replaceVars(root, new InodeVars());
    core.inodes.write(root);
    try {
      core.backing.makeDirectory(fid);
    } catch (io.kmesh.spi.ProviderException e) {
      Backing.ignore(e, io.kmesh.spi.Errno.EEXIST);
    }
  }

  /**
   * Connects the coordinator, which hears of files that a killed process had unlinked and not
   * freed. Call it once, before the tree is used.
   */
  public void start(RestoreOnAccess restore) throws IOException {
    core.connect(restore);
    recovery.freeOrphans();
    if (!wasClean) {
      recovery.removeGarbage();
    }
    synchronized (this) {
      started = true;
    }
  }

  /** A view of the mount as a tree, which the caller may close. */
  public PosixTree tree() {
    return new MountedTree(tree);
  }

  /** FIDs and paths. */
  public LustreIdentity identity() {
    return identity;
  }

  /** Layouts. */
  public LustreLayouts layouts() {
    return layouts;
  }

  /** Changelogs. */
  public LustreChangelogs changelogs() {
    return core.logs;
  }

  /** Space. */
  public LustreUsage usage() {
    return core.space;
  }

  /** What the coordinator may do. */
  public HsmInodes hsmInodes() {
    return hsm;
  }

  /** The server's side of the changelogs. */
  public ChangelogAdmin changelogAdmin() {
    return new ChangelogServer(core.logs);
  }

  /** Whether the last process that had it open closed it. */
  public boolean wasClean() {
    return wasClean;
  }

  /** The number of inodes in use: open handles and running calls. */
  public int inodesInUse() {
    return core.live.size();
  }

  /**
   * Lets go of all files as a kill of the process would: nothing more is stored. For tests; open
   * handles are of no use then.
   */
  public synchronized void dropAsKilled() throws IOException {
    if (!closed) {
      closed = true;
      try {
        core.logs.drop();
        core.inodes.close();
        journal.close();
        core.backing.close();
      } finally {
        lock.close();
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      core.logs.close();
      core.inodes.close();
      journal.close();
      core.backing.close();
      if (started && core.live.size() == 0) {
        Files.createFile(clean);
      }
    } finally {
      lock.close();
    }
  }
}
