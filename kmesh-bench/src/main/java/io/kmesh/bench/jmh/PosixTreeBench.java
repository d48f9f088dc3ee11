// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
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

/** The calls on a tree that each file costs, by libc and by java.nio. Page cache warm. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PosixTreeBench {
  private static final int ENTRIES = 1000;
  private static final Set<OpenFlag> READ = EnumSet.of(OpenFlag.READ);
  private static final PathBytes NAME = PathBytes.of("file-500");

  /** The provider's name. */
  @Param({"jna", "nio"})
  public String provider;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
  private Path folder;
  private PosixTree tree;
  private PosixDirectory directory;
  private PosixFile file;

  /** Makes a folder of a thousand files of 4 KiB. */
  @Setup
  public void setUp() throws IOException {
    folder = Scratch.folder();
    for (int i = 0; i < ENTRIES; i++) {
      Files.write(folder.resolve("file-" + i), Scratch.bytes(4096));
    }
    PosixTreeProvider found = null;
    for (PosixTreeProvider candidate : ServiceLoader.load(PosixTreeProvider.class)) {
      if (candidate.name().equals(provider)) {
        found = candidate;
      }
    }
    if (found == null) {
      throw new IOException("Cannot run: there is no provider " + provider + ".");
    }
    tree = found.open(folder);
    directory = tree.openDirectory(PathBytes.EMPTY);
    file = directory.openFile(NAME, READ);
  }

  /** Removes it. */
  @TearDown
  public void tearDown() throws IOException {
    file.close();
    directory.close();
    tree.close();
    Scratch.delete(folder);
  }

  /** Everything that is known of an entry. */
  @Benchmark
  public FileStat stat() throws IOException {
    return directory.stat(NAME);
  }

  /** Opens a file and closes it. */
  @Benchmark
  public void openClose() throws IOException {
    directory.openFile(NAME, READ).close();
  }

  /** Reads 4 KiB of an open file. */
  @Benchmark
  public int read4KiB() throws IOException {
    buffer.clear();
    return file.read(buffer, 0);
  }

  /** Lists a directory of a thousand entries. */
  @Benchmark
  public int list1000() throws IOException {
    int count = 0;
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        count += batch.size();
      }
    }
    return count;
  }
}
