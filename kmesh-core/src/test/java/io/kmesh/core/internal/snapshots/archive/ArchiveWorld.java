// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Files of reproducible bytes that go to an archive in a store, and come back. */
final class ArchiveWorld implements AutoCloseable {
  static final CatalogScope SCOPE = new CatalogScope("lab", "0".repeat(32), 1);
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final PosixTree files;
  private final SnapshotWorld world;
  private final RepositoryBackend archive;

  ArchiveWorld(PosixTree files, ObjectStore store) throws IOException {
    this(files, store, ManualTime.create());
  }

  ArchiveWorld(PosixTree files, ObjectStore store, KmeshTime time) throws IOException {
    this.files = files;
    this.world = SnapshotWorld.in(store);
    this.archive =
        new RepositoryBackend(world.domain(), SCOPE, time, "here", 1, SnapshotWorld.TINY);
  }

  SnapshotWorld world() {
    return world;
  }

  RepositoryBackend archive() {
    return archive;
  }

  static Fid fid(int number) {
    return new Fid(0x200000401L, number, 0);
  }

  /** The bytes of a content, which begin with its seed. */
  static byte[] bytes(int seed) {
    byte[] bytes = HostileTree.random(seed, 500 + 997 * (seed % 50));
    ByteBuffer.wrap(bytes).putInt(seed);
    return bytes;
  }

  /** Archives a content as a file's. */
  void archive(int file, int seed) throws IOException {
    PathBytes name = PathBytes.of("f" + NAMES.incrementAndGet());
    try (PosixFile open =
        files.openFile(
            name, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE))) {
      open.write(ByteBuffer.wrap(bytes(seed)), 0);
      try (PendingArchive pending = archive.archive(new TestAction(fid(file), open, seed))) {
        pending.commit();
        pending.settle();
      }
    }
  }

  void remove(int file) throws IOException {
    PathBytes name = PathBytes.of("f" + NAMES.incrementAndGet());
    try (PosixFile open = files.openFile(name, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      archive.remove(new TestAction(fid(file), open, 0));
    }
  }

  /** Removes a file, which need not be there. */
  void removeAny(int file) throws IOException {
    try {
      remove(file);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
    }
  }

  /** What a restore of a file gives: the seed of its content; empty when it is not archived. */
  Optional<Integer> restored(int file) throws IOException {
    PathBytes name = PathBytes.of("f" + NAMES.incrementAndGet());
    try (PosixFile open =
        files.openFile(name, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE))) {
      archive.restore(new TestAction(fid(file), open, 0));
      ByteBuffer all = ByteBuffer.allocate((int) open.stat().size());
      while (all.hasRemaining() && open.read(all, all.position()) > 0) {
        continue;
      }
      int seed = all.getInt(0);
      if (!Arrays.equals(all.array(), bytes(seed))) {
        throw new AssertionError("File " + file + " came back with other bytes than " + seed);
      }
      return Optional.of(seed);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The packs of contents that the newest head names. */
  long dataPacks() throws IOException {
    Head head = world.domain().heads().newest();
    long count = 0;
    for (RunFile run : Session.index(world.domain(), head).runs()) {
      count += run.packs().stream().filter(p -> p.type() == PackFrames.DATA).count();
    }
    return count;
  }

  @Override
  public void close() {
    archive.close();
  }
}
