// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Large files on stores that compare other checksums than all. */
class UploadChecksumTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"UPLOAD_SHA256", "SHA256", "CRC32C"})
  void largeFile_onAStoreWithoutAChecksum_isStoredInParts_andComesBack(StoreCapability without)
      throws IOException {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    Files.write(Files.createDirectory(folder.resolve("from")).resolve("large"), bytes);
    Files.createDirectory(folder.resolve("to"));
    try (MemoryStore store = MemoryStore.builder().without(without).build();
        PosixTree from = PosixTrees.open(folder.resolve("from"));
        PosixTree to = PosixTrees.open(folder.resolve("to"))) {
      MirrorTree mirror = MirrorTree.in(store, RunningTime.instance()).partSize(DataSize.ofKib(64));
      assertThat(mirror.export(from, PathBytes.EMPTY).failed()).isEmpty();
      assertThat(store.requests("complete")).isEqualTo(1);
      assertThat(mirror.importTo(to, PathBytes.EMPTY).failed()).isEmpty();
    }
    assertThat(folder.resolve("to/large")).hasBinaryContent(bytes);
  }
}
