// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.time.SystemTime;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages through one flat directory of two million names; prints its figures. */
@Tag("scale")
class KeyNamesScaleTest {
  private static final int NAMES = Integer.getInteger("kmesh.scale.names", 2_000_000);
  private static final int PAGE = 1000;

  @TempDir private Path directory;

  @Test
  @Timeout(1800)
  void keys_whenOneDirectoryHoldsMillions_areReadAFewTimesInAll() throws Exception {
    NioFiles files = new NioFiles(SystemTime.INSTANCE);
    Path flat = Files.createDirectories(directory.resolve("objects/flat"));
    for (int i = 0; i < NAMES; i++) {
      // Scattered, as names of real trees are.
      Files.createFile(flat.resolve("sample-%08x%%o".formatted(i * 0x9e3779b1)));
    }
    try (StoreFiles.Exclusive lock = files.exclusive(directory.resolve("lock"))) {
      KeyNames names = new KeyNames(files, lock);
      long began = SystemTime.INSTANCE.nanoTime();
      long cpuBegan = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      long found = 0;
      String after = null;
      List<String> page;
      do {
        page = KeyWalk.keys(names, directory.resolve("objects"), "flat/", after, PAGE + 1);
        int size = Math.min(PAGE, page.size());
        if (size > 0) {
          assertThat(after == null || after.compareTo(page.get(0)) < 0).isTrue();
          found += size;
          after = page.get(size - 1);
        }
      } while (page.size() > PAGE);
      System.out.printf(
          "%d names in pages of %d: %.1f s, %.1f CPU-s, the directory read %d times%n",
          NAMES,
          PAGE,
          (SystemTime.INSTANCE.nanoTime() - began) / 1e9,
          (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBegan) / 1e9,
          names.reads());
      assertThat(found).isEqualTo(NAMES);
      assertThat(names.reads()).isLessThanOrEqualTo(NAMES / KeyNames.MOST + 2);
    }
  }
}
