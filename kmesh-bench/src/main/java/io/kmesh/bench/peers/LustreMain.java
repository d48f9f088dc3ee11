// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the binding of a mounted Lustre costs beside a loop in C (lustre_loop.c): {@code MOUNT calls
 * FILE COUNT} asks an open file's HSM state again and again, in rounds; {@code MOUNT scan
 * DIRECTORY} asks that of each file. FILE and DIRECTORY are relative to the mount. Prints lines of
 * JSON.
 */
public final class LustreMain {
  private static final int ROUNDS = 5;

  private LustreMain() {}

  /**
   * Runs.
   *
   * @param args as above
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 3) {
      System.err.println("Usage: MOUNT calls FILE COUNT | MOUNT scan DIRECTORY");
      System.exit(2);
    }
    try (LustreBinding lustre = new JnaLustre().open(Path.of(args[0]))) {
      PathBytes path = PathBytes.of(args[2]);
      if (args[1].equals("calls")) {
        calls(lustre, path, Long.parseLong(args[3]));
      } else {
        scan(lustre, path);
      }
    }
  }

  private static void calls(LustreBinding lustre, PathBytes path, long count) throws IOException {
    LustreHsm hsm = lustre.hsm();
    try (PosixFile file = lustre.tree().openFile(path, Set.of(OpenFlag.READ))) {
      for (int round = 0; round < ROUNDS; round++) {
        long bytes = allocated();
        long begin = threadCpu();
        long sum = 0;
        for (long i = 0; i < count; i++) {
          sum += hsm.state(file).bits();
        }
        print("calls", count, (threadCpu() - begin) / 1e9, sum, allocated() - bytes);
      }
    }
  }

  private static void scan(LustreBinding lustre, PathBytes path) throws IOException {
    LustreHsm hsm = lustre.hsm();
    long count = 0;
    long sum = 0;
    long bytes = allocated();
    try (PosixDirectory directory = lustre.tree().openDirectory(path);
        DirectoryCursor entries = directory.entries()) {
      for (List<DirectoryEntry> some = entries.next(); !some.isEmpty(); some = entries.next()) {
        for (DirectoryEntry entry : some) {
          if (entry.type().equals(Optional.of(FileType.REGULAR))) {
            sum += hsm.state(directory, entry.name()).bits();
            count++;
          }
        }
      }
    }
    print("scan", count, processCpu(), sum, allocated() - bytes);
  }

  private static void print(String what, long count, double cpuSeconds, long sum, long bytes) {
    System.out.printf(
        "{\"by\":\"kmesh\",\"what\":\"%s\",\"count\":%d,\"cpuSeconds\":%.3f,\"states\":%d,"
            + "\"heapBytesEach\":%.1f}%n",
        what, count, cpuSeconds, sum, (double) bytes / Math.max(1, count));
  }

  private static double processCpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  private static long threadCpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
