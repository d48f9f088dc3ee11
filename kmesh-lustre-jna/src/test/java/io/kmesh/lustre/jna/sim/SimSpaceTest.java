// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static io.kmesh.lustre.jna.sim.SimFixture.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.internal.lustre.fs.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full targets and pools, and what the backing directory keeps of what was there. */
class SimSpaceTest {
  private static final int KIB = 1024;
  private static final Shape SMALL =
      new Shape(
          "lustre",
          List.of(SimFixture.GIB, SimFixture.GIB),
          List.of(1024L * KIB, 1024L * KIB),
          Map.of("fast", List.of(0), "cheap", List.of(1)),
          Layout.plain(1).inPool("fast"));

  @TempDir Path directory;
  private SimFixture sim;

  @BeforeEach
  void open() throws IOException {
    sim = SimFixture.open(directory, SMALL, null);
  }

  @AfterEach
  void close() throws IOException {
    assertThat(sim.fs.inodesInUse()).isZero();
    sim.close();
  }

  private static void assertNoSpace(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> {
              assertThat(e.errno()).contains(Errno.ENOSPC);
              assertThat(e.getMessage()).contains("full");
            });
  }

  private long used(String pool) throws IOException {
    return sim.fs.usage().pools().stream()
        .filter(p -> p.name().equals(pool))
        .map(PoolUsage::used)
        .findFirst()
        .orElseThrow()
        .bytes();
  }

  @Test
  void write_whenThePoolIsFull_isEnospcAndKeepsWhatWasThere() throws IOException {
    Fid fid = sim.write("f", new byte[900 * KIB]);
    assertThat(used("fast")).isEqualTo(900 * KIB);
    assertThat(used("cheap")).isZero();
    try (PosixFile file = sim.tree.openFile(name("f"), Set.of(OpenFlag.WRITE))) {
      assertNoSpace(() -> file.write(ByteBuffer.allocate(200 * KIB), 900 * KIB));
      assertThat(file.stat().size()).isEqualTo(900 * KIB);
      file.write(ByteBuffer.allocate(100 * KIB), 0);
    }
    assertThat(used("fast")).isEqualTo(900 * KIB);
    assertNoSpace(() -> sim.write("g", new byte[125 * KIB]));
    assertThat(sim.tree.stat(name("g")).size()).isZero();
    sim.write("h", new byte[100 * KIB]);
    assertThat(used("fast")).isEqualTo(1000 * KIB);
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.unlink(name("f"));
    }
    assertThat(sim.hsm.exists(fid)).isFalse();
    assertThat(used("fast")).isEqualTo(100 * KIB);
  }

  @Test
  void restore_whenThePoolIsFull_isEnospcAndTheFileStaysReleased() throws IOException {
    Fid fid = sim.write("f", new byte[600 * KIB]);
    sim.archiveAndRelease(fid);
    assertThat(used("fast")).isZero();
    sim.write("g", new byte[600 * KIB]);
    assertNoSpace(() -> sim.read("f"));
    assertThat(sim.hsm.attributes(fid).has(HsmFlag.RELEASED)).isTrue();
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.unlink(name("g"));
    }
    // The copytool drops its volatile file, as the end of its process would.
    sim.close();
    sim = SimFixture.open(directory);
    sim.restorer.contents.put(fid, new byte[600 * KIB]);
    assertThat(sim.read("f")).hasSize(600 * KIB);
    assertThat(used("fast")).isEqualTo(600 * KIB);
  }

  @Test
  void migrate_whenTheTargetPoolIsFull_isEnospcAndChangesNothing() throws IOException {
    Fid large = sim.write("large", new byte[700 * KIB]);
    sim.fs.layouts().migrate(large, Layout.plain(1).inPool("cheap"));
    assertThat(used("cheap")).isEqualTo(700 * KIB);
    assertThat(used("fast")).isZero();
    Fid fid = sim.write("f", new byte[500 * KIB]);
    long version = sim.hsm.dataVersion(fid);
    assertNoSpace(() -> sim.fs.layouts().migrate(fid, Layout.plain(1).inPool("cheap")));
    assertThat(sim.fs.layouts().layout(fid).pool()).contains("fast");
    assertThat(sim.hsm.dataVersion(fid)).isEqualTo(version);
    assertThat(used("cheap")).isEqualTo(700 * KIB);
    assertThat(used("fast")).isEqualTo(500 * KIB);
    sim.close();
    sim = SimFixture.open(directory);
    assertThat(used("cheap")).as("counted anew").isEqualTo(700 * KIB);
    assertThat(used("fast")).isEqualTo(500 * KIB);
  }

  @Test
  void objects_whenFreed_areEmptiedAndUsedAgain() throws IOException {
    byte[] content = new byte[20 * KIB];
    Arrays.fill(content, (byte) 'x');
    for (int round = 0; round < 4; round++) {
      List<Fid> fids = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        fids.add(sim.write("f" + i, content));
      }
      for (Fid fid : fids) {
        sim.archived(fid);
        sim.hsm.release(fid);
      }
      assertThat(stored(directory, "objects")).isEmpty();
      assertThat(spares()).hasSize(5).allSatisfy(p -> assertThat(Files.size(p)).isZero());
      if (round == 1) {
        sim.close();
        sim = SimFixture.open(directory, SMALL, null);
      }
      if (round == 2) {
        sim.fs.dropAsKilled();
        sim = SimFixture.open(directory, SMALL, null);
      }
      for (int i = 0; i < 5; i++) {
        try (PosixDirectory root = sim.tree.openRoot()) {
          root.unlink(name("f" + i));
        }
      }
    }
    sim.write("g", "short");
    assertThat(spares()).hasSize(4);
    assertThat(sim.read("g")).hasSize(5);
    assertThat(sim.tree.stat(PathBytes.of("g")).blocks() * 512).isLessThanOrEqualTo(4096);
  }

  @Test
  void spareFolder_whenSomebodyEmptiedIt_isNotMissed() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    sim.hsm.release(fid);
    for (Path spare : spares()) {
      Files.delete(spare);
    }
    sim.write("g", "other");
    sim.write("h", "other");
    assertThat(sim.read("g")).hasSize(5);
    assertThat(sim.read("h")).hasSize(5);
  }

  private List<Path> spares() throws IOException {
    try (var paths = Files.list(directory.resolve("spare"))) {
      return paths.toList();
    }
  }
}
