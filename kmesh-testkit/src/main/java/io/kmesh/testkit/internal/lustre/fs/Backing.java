// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The backing directory's three sharded folders: one directory for each directory of the simulated
 * file system, one object for each regular file with data, one overflow file for each inode whose
 * variable part does not fit its slot. Thread-safe.
 */
final class Backing implements Closeable {
  /** What a folder holds. */
  enum Area {
    /** Directories with the names. */
    DIRECTORIES("dirs", 0),
    /** Data. */
    OBJECTS("objects", 1),
    /** Variable parts of inodes. */
    OVERFLOW("overflow", 2);

    final String folder;
    final int place;

    Area(String folder, int place) {
      this.folder = folder;
      this.place = place;
    }
  }

  /** Sees one stored name. */
  @FunctionalInterface
  interface NameVisitor {
    void see(PathBytes name) throws IOException;
  }

  /** Subfolders of each area; an open handle of each is kept. */
  static final int SHARDS = 64;

  /**
   * So many FIDs in a row share a subfolder. The host spreads its directories over the disk, and
   * files that are made one after the other in one directory are made together: in turns over all
   * subfolders they cost three to ten times the host's time.
   */
  private static final int FIDS_PER_TURN_BITS = 10;

  private static final Set<OpenFlag> NEW_OBJECT =
      EnumSet.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE);

  /** As {@link #NEW_OBJECT}, in one call to the host: a killed process's leftover is rare. */
  private static final Set<OpenFlag> FRESH_OBJECT =
      EnumSet.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

  private static final Set<OpenFlag> EMPTIED_OBJECT = EnumSet.of(OpenFlag.WRITE, OpenFlag.TRUNCATE);
  private static final Set<OpenFlag> SPARE_OBJECT =
      EnumSet.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.TRUNCATE);

  private final PosixTree host;
  private final StorageSteps steps;
  private final SpareObjects spares;
  private final List<AtomicReferenceArray<@Nullable PosixDirectory>> shards =
      List.of(
          new AtomicReferenceArray<>(SHARDS),
          new AtomicReferenceArray<>(SHARDS),
          new AtomicReferenceArray<>(SHARDS));

  Backing(PosixTree host, StorageSteps steps) {
    this.host = host;
    this.steps = steps;
    this.spares = new SpareObjects(host);
  }

  /** Makes the folders of a new file system; those that exist stay. */
  void format() throws IOException {
    try (PosixDirectory root = host.openRoot()) {
      for (Area area : Area.values()) {
        PathBytes folder = PathBytes.of(area.folder);
        makeUnlessThere(root, folder);
        try (PosixDirectory opened = root.openDirectory(folder)) {
          for (int i = 0; i < SHARDS; i++) {
            makeUnlessThere(opened, shardName(i));
          }
        }
      }
    }
  }

  static void makeUnlessThere(PosixDirectory parent, PathBytes name) throws IOException {
    try {
      parent.makeDirectory(name, 0700);
    } catch (ProviderException e) {
      ignore(e, Errno.EEXIST);
    }
  }

  /** The name that a FID has in the areas. */
  static PathBytes fidName(Fid fid) {
    return PathBytes.of(Long.toHexString(fid.sequence()) + "." + Integer.toHexString(fid.oid()));
  }

  /** The name of an object or overflow file. */
  static PathBytes objectName(Fid fid, long generation) {
    return PathBytes.of(
        Long.toHexString(fid.sequence())
            + "."
            + Integer.toHexString(fid.oid())
            + "-"
            + Long.toHexString(generation));
  }

  /** Opens the directory that holds the names of a directory. */
  PosixDirectory openDirectory(Fid fid) throws IOException {
    return shard(Area.DIRECTORIES, fid).openDirectory(fidName(fid));
  }

  void makeDirectory(Fid fid) throws IOException {
    steps.before("make a directory");
    shard(Area.DIRECTORIES, fid).makeDirectory(fidName(fid), 0700);
  }

  /** Removes an empty one; ENOTEMPTY otherwise. */
  void removeDirectory(Fid fid) throws IOException {
    steps.before("remove a directory");
    shard(Area.DIRECTORIES, fid).removeDirectory(fidName(fid));
  }

  /** Makes an empty object, in place of one that a killed process may have left. */
  PosixFile createObject(Fid fid, long generation) throws IOException {
    steps.before("create an object");
    PosixDirectory shard = shard(Area.OBJECTS, fid);
    PathBytes name = objectName(fid, generation);
    if (spares.take(shard, name)) {
      return shard.openFile(name, SPARE_OBJECT);
    }
    try {
      return shard.openFile(name, FRESH_OBJECT);
    } catch (ProviderException e) {
      ignore(e, Errno.EEXIST);
      // Not emptied: it may be a second name of another's object.
      dropObjectName(fid, generation);
      return shard.openFile(name, FRESH_OBJECT);
    }
  }

  PosixFile openObject(Fid fid, long generation) throws IOException {
    return shard(Area.OBJECTS, fid)
        .openFile(objectName(fid, generation), EnumSet.of(OpenFlag.READ, OpenFlag.WRITE));
  }

  /** Empties an object and keeps the file for another one; its bytes are gone then. */
  void removeObject(Fid fid, long generation) throws IOException {
    steps.before("empty an object");
    PosixDirectory shard = shard(Area.OBJECTS, fid);
    PathBytes name = objectName(fid, generation);
    try {
      shard.openFile(name, EMPTIED_OBJECT).close();
    } catch (ProviderException e) {
      ignore(e, Errno.ENOENT);
      return;
    }
    steps.before("keep a spare object");
    if (!spares.put(shard, name)) {
      remove(Area.OBJECTS, fid, generation);
    }
  }

  /** Gives an object to another inode. */
  void moveObject(Fid from, long fromGeneration, Fid to, long toGeneration) throws IOException {
    steps.before("move an object");
    shard(Area.OBJECTS, from)
        .rename(
            objectName(from, fromGeneration),
            shard(Area.OBJECTS, to),
            objectName(to, toGeneration),
            io.kmesh.spi.posix.RenameMode.REPLACE);
  }

  /** Gives an object a second name, of another inode, in place of a killed process's leftover. */
  void linkObject(Fid from, long fromGeneration, Fid to, long toGeneration) throws IOException {
    dropObjectName(to, toGeneration);
    steps.before("link an object");
    shard(Area.OBJECTS, from)
        .link(
            objectName(from, fromGeneration),
            shard(Area.OBJECTS, to),
            objectName(to, toGeneration));
  }

  /** Removes a name of an object that has another one. */
  void dropObjectName(Fid fid, long generation) throws IOException {
    remove(Area.OBJECTS, fid, generation);
  }

  void writeOverflow(Fid fid, long generation, byte[] content) throws IOException {
    steps.before("write an overflow file");
    try (PosixFile file =
        shard(Area.OVERFLOW, fid).openFile(objectName(fid, generation), NEW_OBJECT)) {
      file.write(ByteBuffer.wrap(content), 0);
    }
  }

  byte[] readOverflow(Fid fid, long generation) throws IOException {
    try (PosixFile file =
        shard(Area.OVERFLOW, fid)
            .openFile(objectName(fid, generation), EnumSet.of(OpenFlag.READ))) {
      long size = file.stat().size();
      if (size > InodeCodec.MAX_VARS_BYTES) {
        throw Failures.corrupt(
            "the overflow file of " + fid, "it has " + size + " bytes, too many");
      }
      ByteBuffer content = ByteBuffer.allocate((int) size);
      int read = 0;
      while (content.hasRemaining() && read >= 0) {
        read = file.read(content, content.position());
      }
      if (content.hasRemaining()) {
        throw Failures.corrupt("the overflow file of " + fid, "it ends too early");
      }
      return content.array();
    }
  }

  void removeOverflow(Fid fid, long generation) throws IOException {
    remove(Area.OVERFLOW, fid, generation);
  }

  /** Makes the entry of an inode's object, overflow file or directory durable. */
  void syncEntry(Area area, Fid fid) throws IOException {
    shard(area, fid).sync(SyncMode.ALL);
  }

  void syncOverflow(Fid fid, long generation) throws IOException {
    try (PosixFile file =
        shard(Area.OVERFLOW, fid)
            .openFile(objectName(fid, generation), EnumSet.of(OpenFlag.READ))) {
      file.sync(SyncMode.ALL);
    }
    syncEntry(Area.OVERFLOW, fid);
  }

  /** Shows every name of an area, in no order; names may be removed meanwhile. */
  void list(Area area, NameVisitor visitor) throws IOException {
    for (int i = 0; i < SHARDS; i++) {
      try (DirectoryCursor cursor = shard(area, i).entries()) {
        for (List<DirectoryEntry> batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
          for (DirectoryEntry entry : batch) {
            visitor.see(entry.name());
          }
        }
      }
    }
  }

  /** Removes a stored name that was listed. */
  void removeListed(Area area, PathBytes name, Fid fid) throws IOException {
    steps.before("remove garbage");
    try {
      if (area == Area.DIRECTORIES) {
        shard(area, fid).removeDirectory(name);
      } else {
        shard(area, fid).unlink(name);
      }
    } catch (ProviderException e) {
      ignore(e, Errno.ENOENT);
    }
  }

  private void remove(Area area, Fid fid, long generation) throws IOException {
    steps.before("remove a file");
    try {
      shard(area, fid).unlink(objectName(fid, generation));
    } catch (ProviderException e) {
      ignore(e, Errno.ENOENT);
    }
  }

  private PosixDirectory shard(Area area, Fid fid) throws IOException {
    return shard(area, fid.oid() >>> FIDS_PER_TURN_BITS & (SHARDS - 1));
  }

  private PosixDirectory shard(Area area, int index) throws IOException {
    AtomicReferenceArray<@Nullable PosixDirectory> handles = shards.get(area.place);
    PosixDirectory known = handles.get(index);
    if (known != null) {
      return known;
    }
    PosixDirectory opened = host.openDirectory(PathBytes.of(area.folder).resolve(shardName(index)));
    if (handles.compareAndSet(index, null, opened)) {
      return opened;
    }
    opened.close();
    PosixDirectory other = handles.get(index);
    return other != null ? other : shard(area, index);
  }

  private static PathBytes shardName(int index) {
    return PathBytes.of(String.format("%02x", index));
  }

  /** Rethrows a failure unless it is the one that may happen. */
  static void ignore(ProviderException e, Errno errno) throws ProviderException {
    if (e.errno().filter(errno::equals).isEmpty()) {
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    for (AtomicReferenceArray<@Nullable PosixDirectory> handles : shards) {
      for (int i = 0; i < SHARDS; i++) {
        PosixDirectory handle = handles.getAndSet(i, null);
        if (handle != null) {
          handle.close();
        }
      }
    }
    spares.close();
    host.close();
  }
}
