// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.Restorer;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archives and restores of many small files, and of a large one, by the mirror and by the
 * repository in a directory store that syncs; prints their figures.
 */
@Tag("scale")
class ArchiveScaleTest {
  private static final int FILES = Integer.getInteger("kmesh.scale.files", 20_000);
  private static final int MIRROR_THREADS = Integer.getInteger("kmesh.scale.threads", 32);
  private static final int REPOSITORY_THREADS = 256;
  private static final int LARGE = Integer.getInteger("kmesh.scale.megabytes", 1024);
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private interface Body {
    void run(int number) throws IOException;
  }

  private static void time(String what, int count, int threads, Body body) throws Exception {
    long begin = SystemTime.INSTANCE.nanoTime();
    long cpu = SYSTEM.getProcessCpuTime();
    ThreadPoolExecutor pool = KmeshThreads.bounded("scale", threads, count);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      int number = i;
      all.add(
          pool.submit(
              () -> {
                body.run(number);
                return null;
              }));
    }
    for (Future<?> each : all) {
      each.get();
    }
    pool.shutdown();
    System.out.printf(
        "%s: %d files, %d threads: %.1f s, %.1f CPU-s%n",
        what,
        count,
        threads,
        (SystemTime.INSTANCE.nanoTime() - begin) / 1e9,
        (SYSTEM.getProcessCpuTime() - cpu) / 1e9);
  }

  private static <B extends Archiver & Restorer & Remover> void roundTrip(
      String name, B archive, PosixTree tree, int count, int threads) throws Exception {
    time(
        name + ", archive",
        count,
        threads,
        i -> {
          try (PosixFile file = tree.openFile(path(i), Set.of(OpenFlag.READ));
              PendingArchive pending = archive.archive(new TestAction(fid(i), file, 1))) {
            pending.commit();
            pending.settle();
          }
        });
    time(
        name + ", restore",
        count,
        threads,
        i -> {
          try (PosixFile file =
              tree.openFile(PathBytes.of("restored-" + i), Set.of(OpenFlag.READ, OpenFlag.WRITE))) {
            archive.restore(new TestAction(fid(i), file, 1));
          }
        });
  }

  private static PathBytes path(int number) {
    return PathBytes.of("file-" + number);
  }

  private static Fid fid(int number) {
    return new Fid(0x200000401L, number, 0);
  }

  private static long stored(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(p -> p.toFile().length()).sum();
    }
  }

  /** Archives and restores by both, the second time with code that is compiled. */
  private void both(Path directory, int count, int threads) throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    Path repository = directory.resolve("repository");
    Path mirrored = directory.resolve("mirror");
    try (PosixTree tree = JnaPosix.open(files);
        DirectoryStore store = DirectoryStore.at(repository);
        DirectoryStore mirror = DirectoryStore.at(mirrored);
        SqliteState state = SqliteState.at(directory.resolve("state.db"))) {
      for (int i = 1; i <= count; i++) {
        int size = count == 1 ? LARGE << 20 : 2000;
        try (PosixFile file = tree.openFile(path(i), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
          for (int at = 0; at < size; at += 1 << 20) {
            byte[] piece = HostileTree.random(31 * i + at, Math.min(size - at, 1 << 20));
            file.write(java.nio.ByteBuffer.wrap(piece), at);
          }
        }
      }
      for (int i = 1; i <= count; i++) {
        tree.openFile(PathBytes.of("restored-" + i), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))
            .close();
      }
      Domain domain =
          SnapshotWorld.in(store, Session.PACK_TARGET, directory.resolve("cache")).domain();
      try (RepositoryBackend archive =
          new RepositoryBackend(
              domain, new CatalogScope("lab", "0".repeat(32), 1), SystemTime.INSTANCE, "here", 2)) {
        roundTrip("repository", archive, tree, count, REPOSITORY_THREADS);
        System.out.println("heads: " + domain.heads().newest().generation());
        assertThat(archive.holds(fid(count), 1)).isTrue();
      }
      assertThat(Files.mismatch(files.resolve("file-1"), files.resolve("restored-1")))
          .isEqualTo(-1);
      MirrorArchive archive =
          MirrorArchive.builder("mirror", mirror, state, SystemTime.INSTANCE).open();
      roundTrip("mirror", archive, tree, count, threads);
      System.out.printf("stored: %d and %d bytes%n", stored(repository), stored(mirrored));
    }
  }

  @Test
  void smallFiles(@TempDir Path directory) throws Exception {
    both(Files.createDirectory(directory.resolve("cold")), FILES / 10, MIRROR_THREADS);
    both(Files.createDirectory(directory.resolve("warm")), FILES, MIRROR_THREADS);
  }

  @Test
  void largeFile(@TempDir Path directory) throws Exception {
    both(Files.createDirectory(directory.resolve("cold")), 1, 1);
    both(Files.createDirectory(directory.resolve("warm")), 1, 1);
  }
}
