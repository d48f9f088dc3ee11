// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static io.kmesh.core.internal.flows.agent.TwoSites.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Large files over TLS on loopback, with all bytes of the sockets counted: what the target has is
 * not sent again. The bytes are noise, so that compression saves nothing.
 */
class LargeFileFlowTest {
  private static final int MIB = 1 << 20;
  private static final int SIZE = 5 * MIB;

  @TempDir Path dir;
  private TwoSites sites;
  private DataFlow flow;
  private int files;
  private final byte[] first = noise(1, SIZE);

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(dir);
    put("first", first);
    flow = sites.push().start();
    flow.awaitInSync(LIMIT);
  }

  @AfterEach
  void close() {
    sites.close();
  }

  private static byte[] noise(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A change of the source. */
  private interface Change {
    void run() throws IOException;
  }

  /** The bytes that went over the sockets, both ways, until the target had a change. */
  private long cost(Change change) throws Exception {
    flow.barrier("", LIMIT);
    long before = flow.status().wireBytes();
    change.run();
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    return flow.status().wireBytes() - before;
  }

  private long costOf(String name, byte[] bytes) throws Exception {
    return cost(() -> put(name, bytes));
  }

  /** At once, and not so young that the flow has to look twice. */
  private void put(String name, byte[] bytes) throws IOException {
    Path made = dir.resolve("made");
    Files.write(made, bytes);
    Files.setLastModifiedTime(made, FileTime.fromMillis(1_000_000L * ++files));
    Files.move(made, sites.here.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void shiftedCopy_costsLessThanTwoPercent() throws Exception {
    byte[] shifted = new byte[SIZE + 1];
    System.arraycopy(first, 0, shifted, 1, SIZE);
    assertThat(costOf("second", shifted)).isLessThan(SIZE / 50);
  }

  @Test
  void shiftedCopy_afterASwitch_isFoundAtTheOldSource() throws Exception {
    flow.switchDirection(LIMIT);
    byte[] shifted = new byte[SIZE + 1];
    System.arraycopy(first, 0, shifted, 1, SIZE);
    long cost =
        cost(
            () -> {
              Path made = dir.resolve("made");
              Files.write(made, shifted);
              Files.setLastModifiedTime(made, FileTime.fromMillis(1));
              Files.move(made, sites.there.resolve("second"));
            });
    assertThat(cost).isLessThan(SIZE / 50);
  }

  /** Where a hole cuts through a chunk, some of the shortest chunks (16 KiB) are new; none else. */
  @Test
  void holes_stayHoles() throws Exception {
    long cost =
        cost(
            () -> {
              Path made = dir.resolve("sparse");
              try (RandomAccessFile file = new RandomAccessFile(made.toFile(), "rw")) {
                file.write(first, 0, 2 * MIB);
                file.seek(30 * MIB);
                file.write(first, 2 * MIB, 2 * MIB);
              }
              Files.setLastModifiedTime(made, FileTime.fromMillis(1));
              Files.move(made, sites.here.resolve("sparse"));
            });
    assertThat(cost).isLessThan(MIB / 4);
    try (PosixTree tree = PosixTrees.open(sites.there);
        PosixDirectory top = tree.openRoot()) {
      FileStat stat = top.find(PathBytes.of("sparse")).orElseThrow();
      assertThat(stat.blocks() * 512).isBetween(4L * MIB, 5L * MIB);
    }
  }

  @Test
  void noiseThatIsNowhereHere_costsLessThanTwoPercentMore() throws Exception {
    assertThat(costOf("second", noise(9, SIZE))).isBetween((long) SIZE, SIZE + SIZE / 50L);
    assertThat(costOf("third", noise(10, MIB + 1))).isBetween((long) MIB, MIB + MIB / 50L);
  }
}
