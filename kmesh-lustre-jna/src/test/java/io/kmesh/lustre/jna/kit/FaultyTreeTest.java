// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.fault.FaultyTree;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans on trees of files and on Lustre. */
class FaultyTreeTest {
  private static final PathBytes F = PathBytes.of("f");
  private static final PathBytes G = PathBytes.of("g");
  private static final Set<OpenFlag> READ_WRITE = Set.of(OpenFlag.READ, OpenFlag.WRITE);

  @TempDir Path folder;
  private final ManualTime time = ManualTime.skipping();
  private PosixTree real;
  private Path file;

  @BeforeEach
  void open() throws IOException {
    Path top = Files.createDirectory(folder.resolve("tree"));
    file = Files.writeString(top.resolve("f"), "0123456789");
    real = JnaPosix.open(top);
  }

  @AfterEach
  void close() throws IOException {
    real.close();
  }

  private PosixTree tree(FaultPlan plan) {
    return FaultyTree.of(real, plan, time);
  }

  private static String read(PosixTree tree) throws IOException {
    try (PosixFile f = tree.openFile(F, Set.of(OpenFlag.READ))) {
      ByteBuffer buffer = ByteBuffer.allocate(10);
      while (buffer.hasRemaining() && f.read(buffer, buffer.position()) > 0) {
        // until all is read
      }
      return StandardCharsets.ISO_8859_1.decode(buffer.flip()).toString();
    }
  }

  private static void write(PosixTree tree, String text) throws IOException {
    try (PosixFile f = tree.openFile(F, READ_WRITE)) {
      f.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    }
  }

  private static ErrorKind kindOf(Throwable failure) {
    return ((ProviderException) failure).kind();
  }

  @Test
  void fail_whenErrno_isThatErrnoAndDoesNothing() throws IOException {
    PosixTree tree = tree(FaultPlan.on("write").fail(1, Errno.ENOSPC));
    assertThatThrownBy(() -> write(tree, "abc"))
        .extracting(e -> ((ProviderException) e).errno().orElseThrow())
        .isEqualTo(Errno.ENOSPC);
    assertThat(Files.readString(file)).isEqualTo("0123456789");
    write(tree, "abc");
    assertThat(Files.readString(file)).isEqualTo("abc3456789");
  }

  @Test
  void loseReplyOnce_whenRename_hasRenamed() throws IOException {
    try (PosixDirectory root = tree(FaultPlan.on("rename").loseReplyOnce()).openRoot()) {
      assertThatThrownBy(() -> root.rename(F, root, G, RenameMode.REPLACE))
          .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.UNKNOWN_OUTCOME));
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void read_whenDamaged_isWrongOnceAndShortOnce() throws IOException {
    PosixTree flipping = tree(FaultPlan.on("read").flipBitOnce());
    assertThat(read(flipping)).hasSize(10).isNotEqualTo("0123456789");
    assertThat(read(flipping)).isEqualTo("0123456789");
    PosixTree cutting = tree(FaultPlan.on("PosixFile.read").truncate(3));
    try (PosixFile f = cutting.openFile(F, Set.of(OpenFlag.READ))) {
      assertThat(f.read(ByteBuffer.allocate(10), 0)).isEqualTo(3);
      assertThat(f.read(ByteBuffer.allocate(10), 0)).isEqualTo(10);
    }
  }

  @Test
  void write_whenDamaged_storesTheDamageAndLeavesTheBuffer() throws IOException {
    write(tree(FaultPlan.on("write").flipBitOnce()), "abcdefghij");
    assertThat(Files.readAllBytes(file))
        .hasSize(10)
        .isNotEqualTo("abcdefghij".getBytes(StandardCharsets.US_ASCII));
    write(tree(FaultPlan.on("write").truncate(2)), "ABCDEFGHIJ");
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .startsWith("AB")
        .doesNotContain("C");
  }

  @Test
  void xattr_whenDamaged_isWrong() throws IOException {
    PathBytes name = PathBytes.of("user.k");
    try (PosixDirectory root = tree(FaultPlan.on("xattr").flipBitOnce()).openRoot()) {
      root.setXattr(F, name, new byte[] {1, 2}, XattrMode.SET);
      assertThat(root.xattr(F, name).orElseThrow()).hasSize(2).isNotEqualTo(new byte[] {1, 2});
      assertThat(root.xattr(F, name).orElseThrow()).containsExactly(1, 2);
    }
  }

  @Test
  void listing_whenStale_isOneBehind() throws IOException {
    try (PosixDirectory root = tree(FaultPlan.on("next").staleList()).openRoot()) {
      try (var cursor = root.entries()) {
        assertThat(cursor.next()).isEmpty();
      }
      try (var cursor = root.entries()) {
        assertThat(cursor.next()).hasSize(1);
      }
    }
  }

  @Test
  void delayAndThrottle_whenPlanned_goByTheClock() throws IOException {
    PosixTree slow = tree(FaultPlan.on("openFile").delay(Duration.ofSeconds(2)));
    read(slow);
    assertThat(time.nanoTime()).isGreaterThanOrEqualTo(2_000_000_000L);
    PosixTree busy = tree(FaultPlan.on("openFile").throttle(1, Duration.ofSeconds(1)));
    read(busy);
    assertThatThrownBy(() -> read(busy))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.THROTTLED));
  }

  @Test
  void crashAt_whenReached_endsEverything() throws IOException {
    PosixTree tree = tree(FaultPlan.on("write").crashAt(2));
    write(tree, "a");
    assertThatThrownBy(() -> write(tree, "b")).isInstanceOf(SimulatedCrash.class);
    assertThatThrownBy(() -> read(tree)).isInstanceOf(SimulatedCrash.class);
    assertThat(Files.readString(file)).startsWith("a1");
  }

  @Test
  void rename_whenBothDirectoriesAreWrapped_reachesTheRealOnes() throws IOException {
    try (PosixDirectory root = tree(FaultPlan.none()).openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0700);
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        root.link(F, d, G);
        root.rename(F, d, F, RenameMode.NO_REPLACE);
        assertThat(d.stat(F).inode()).isEqualTo(d.stat(G).inode());
      }
    }
  }

  @Test
  void lustre_whenPlanned_failsByFacetAndInWhatItOpens() throws IOException {
    try (SimulatedLustre lustre = SimulatedLustre.at(folder.resolve("lustre"))) {
      try (PosixDirectory root = lustre.tree().openRoot();
          PosixFile f = root.openFile(F, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
        f.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
      }
      FaultPlan plan =
          FaultPlan.on("LustreHsm.state")
              .fail(1, Errno.EIO)
              .and("LustreHsm.dataVersion")
              .failPlainly(1)
              .and("LustreIdentity.open")
              .delayOnce(Duration.ofSeconds(7))
              .and("paths")
              .staleList()
              .and("PosixFile.read")
              .flipBitOnce();
      FaultyLustre faulty = FaultyLustre.of(lustre, plan, time);
      Fid fid = faulty.identity().fid(F);
      assertThatThrownBy(() -> faulty.hsm().state(fid))
          .extracting(e -> ((ProviderException) e).errno().orElseThrow())
          .isEqualTo(Errno.EIO);
      assertThat(faulty.hsm().state(fid).isReleased()).isFalse();
      assertThat(faulty.identity().paths(fid)).isEmpty();
      assertThat(faulty.identity().paths(fid)).containsExactly(F);
      try (PosixFile f = faulty.identity().open(fid, Set.of(OpenFlag.READ))) {
        assertThat(time.nanoTime()).isEqualTo(7_000_000_000L);
        assertThatThrownBy(() -> faulty.hsm().dataVersion(f))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(ProviderException.class);
        assertThat(faulty.hsm().dataVersion(f)).isPositive();
        ByteBuffer bytes = ByteBuffer.allocate(3);
        f.read(bytes, 0);
        assertThat(bytes.array()).isNotEqualTo(new byte[] {1, 2, 3});
      }
      assertThat(faulty.faults().injected()).isGreaterThanOrEqualTo(5);
    }
  }
}
