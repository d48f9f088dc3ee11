// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.engine.EngineTime;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.PosixTrees;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One file to the mirror in a directory store and back, durable, checksums compared. One thread:
 * the latency of one file, not the rate of many.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MirrorArchiveBench {
  private static final PathBytes NAME = PathBytes.of("file");
  private static final PathBytes TARGET = PathBytes.of("target");

  /** The file's size: 4 KiB goes at once, 64 MiB in parts. */
  @Param({"4096", "67108864"})
  public int bytes;

  private Path folder;
  private PosixTree tree;
  private PosixFile source;
  private PosixFile target;
  private FileStat stat;
  private DirectoryStore store;
  private SqliteState state;
  private MirrorArchive archive;
  private long version;

  /** Makes the file and the archive. */
  @Setup
  public void setUp() throws IOException {
    folder = Scratch.folder();
    Files.write(folder.resolve("file"), Scratch.bytes(bytes));
    tree = PosixTrees.open(folder);
    source = tree.openFile(NAME, EnumSet.of(OpenFlag.READ));
    target = tree.openFile(TARGET, EnumSet.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE));
    stat = source.stat();
    store = DirectoryStore.at(folder.resolve("store"));
    state = SqliteState.at(folder.resolve("state.db"));
    archive = MirrorArchive.builder("bench", store, state, EngineTime.system()).open();
    archive();
  }

  /** Removes them. */
  @TearDown
  public void tearDown() throws IOException {
    source.close();
    target.close();
    tree.close();
    store.close();
    state.close();
    Scratch.delete(folder);
  }

  private FileAction action(PosixFile file) {
    return new FileAction(file, new Fid(0x200000401L, 1, 0), stat, version, NAME);
  }

  /** Archives the file anew: a new data version each time, so that nothing is left out. */
  @Benchmark
  public ArchivedObject archive() throws IOException {
    version++;
    try (PendingArchive pending = archive.archive(action(source))) {
      ArchivedObject object = pending.commit();
      pending.settle();
      return object;
    }
  }

  /** Brings it back into another file. */
  @Benchmark
  public void restore() throws IOException {
    archive.restore(action(target));
  }
}
