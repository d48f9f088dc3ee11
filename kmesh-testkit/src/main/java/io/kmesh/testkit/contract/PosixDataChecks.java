// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.NEW;
import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.content;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Bytes are read and written where asked; holes are kept, found and made. */
interface PosixDataChecks extends PosixFixture {
  /** A size that is no multiple of any buffer and larger than the usual ones. */
  int SIZE = 300_007;

  @Test
  default void readAndWrite_whenBufferIsOnTheHeap_areExact() throws IOException {
    readAndWrite(ByteBuffer::allocate);
  }

  @Test
  default void readAndWrite_whenBufferIsDirect_areExact() throws IOException {
    readAndWrite(ByteBuffer::allocateDirect);
  }

  @Test
  default void readAndWrite_whenBufferIsASlice_areExact() throws IOException {
    readAndWrite(size -> ByteBuffer.allocate(size + 20).position(13).slice());
    readAndWrite(size -> ByteBuffer.allocateDirect(size + 20).position(13).slice());
  }

  private void readAndWrite(IntFunction<ByteBuffer> buffers) throws IOException {
    byte[] bytes = new byte[SIZE];
    new Random(42).nextBytes(bytes);
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      ByteBuffer source = buffers.apply(SIZE + 10);
      source.position(7).put(bytes, 0, SIZE).flip().position(7);
      file.write(source.asReadOnlyBuffer(), 1_000);
      file.write(source, 1_000);
      assertThat(source.remaining()).isZero();
      assertThat(file.stat().size()).isEqualTo(SIZE + 1_000);

      ByteBuffer target = buffers.apply(SIZE + 10);
      target.position(3).limit(3 + SIZE);
      while (target.hasRemaining()) {
        int before = target.position();
        int n = file.read(target, 1_000 + before - 3);
        assertThat(n).isPositive();
        assertThat(target.position()).isEqualTo(before + n);
      }
      byte[] back = new byte[SIZE];
      target.get(3, back);
      assertThat(back).isEqualTo(bytes);
      assertThat(target.limit()).isEqualTo(3 + SIZE);

      ByteBuffer hole = buffers.apply(1_000);
      hole.limit(1_000);
      assertThat(file.read(hole, 0)).isEqualTo(1_000);
      for (int i = 0; i < 1_000; i++) {
        assertThat(hole.get(i)).isZero();
      }
      assertThat(file.read(buffers.apply(10), SIZE + 1_000)).isEqualTo(-1);
      assertThat(file.read(buffers.apply(10), SIZE + 100_000)).isEqualTo(-1);
      assertThat(file.read(buffers.apply(0).limit(0), 0)).isZero();
    }
    work().unlink(name("f"));
  }

  @Test
  default void read_whenOffsetIsNegative_isRefused() throws IOException {
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      assertErrno(() -> file.read(ByteBuffer.allocate(1), -1), Errno.EINVAL);
      assertErrno(() -> file.write(ByteBuffer.allocate(1), -1), Errno.EINVAL);
      assertErrno(() -> file.truncate(-1), Errno.EINVAL);
    }
  }

  @Test
  default void write_whenSeveralThreads_eachLandsInItsPlace() throws Exception {
    int threads = 4;
    int part = 100_000;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int index = t;
        running.add(
            pool.submit(
                () -> {
                  byte[] mine = new byte[part];
                  Arrays.fill(mine, (byte) (index + 1));
                  for (int at = 0; at < part; at += 10_000) {
                    file.write(ByteBuffer.wrap(mine, at, 10_000), (long) index * part + at);
                  }
                  return index;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
      byte[] all = content(file);
      assertThat(all).hasSize(threads * part);
      for (int i = 0; i < all.length; i++) {
        if (all[i] != i / part + 1) {
          throw new AssertionError("byte " + i + " is " + all[i]);
        }
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  default void truncate_whenSmallerOrLarger_setsTheSize() throws IOException {
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), 0);
      file.truncate(2);
      assertThat(content(file)).containsExactly(1, 2);
      file.truncate(5);
      assertThat(content(file)).containsExactly(1, 2, 0, 0, 0);
      file.truncate(0);
      assertThat(file.stat().size()).isZero();
    }
  }

  @Test
  default void nextData_whenFileHasHoles_findsThem() throws IOException {
    long mib = 1 << 20;
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.write(ByteBuffer.wrap(new byte[4_096]), 4 * mib);
      file.truncate(16 * mib);
      if (!works(PosixCapability.SPARSE, () -> file.nextData(0))) {
        works(PosixCapability.SPARSE, () -> file.nextHole(0));
        return;
      }
      long data = file.nextData(0).orElseThrow();
      assertThat(data).isBetween(1L, 4 * mib);
      assertThat(file.nextHole(0)).isZero();
      long hole = file.nextHole(data);
      assertThat(hole).isBetween(4 * mib + 4_096, 16 * mib - 1);
      assertThat(file.nextData(hole)).isEmpty();
      assertThat(file.nextData(16 * mib)).isEmpty();
      assertThat(file.nextHole(5 * mib)).isEqualTo(5 * mib);
      assertThat(file.stat().blocks() * 512).isLessThan(4 * mib);
      assertErrno(() -> file.nextHole(16 * mib), Errno.ENXIO);
    }
  }

  @Test
  default void nextHole_whenFileIsFull_isItsEnd() throws IOException {
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.write(ByteBuffer.wrap(new byte[8_192]), 0);
      if (works(PosixCapability.SPARSE, () -> file.nextHole(0))) {
        assertThat(file.nextData(0)).hasValue(0);
        assertThat(file.nextHole(0)).isEqualTo(8_192);
      }
    }
  }

  @Test
  default void allocate_whenReserved_growsTheFile() throws IOException {
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      if (works(PosixCapability.ALLOCATE, () -> file.allocate(AllocateMode.RESERVE, 0, 1 << 20))) {
        assertThat(file.stat().size()).isEqualTo(1 << 20);
        assertThat(file.stat().blocks() * 512).isGreaterThanOrEqualTo(1 << 20);
        assertThat(content(file)).containsOnly(0);
      }
    }
  }

  @Test
  default void allocate_whenPunched_readsAsZeros() throws IOException {
    byte[] full = new byte[1 << 20];
    Arrays.fill(full, (byte) 1);
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.write(ByteBuffer.wrap(full), 0);
      if (tree().capabilities().contains(PosixCapability.SYNC)) {
        file.sync(SyncMode.DATA);
      }
      long before = file.stat().blocks();
      if (!works(
          PosixCapability.ALLOCATE,
          () -> file.allocate(AllocateMode.PUNCH_HOLE, 1 << 16, 1 << 18))) {
        return;
      }
      Arrays.fill(full, 1 << 16, (1 << 16) + (1 << 18), (byte) 0);
      assertThat(content(file)).isEqualTo(full);
      assertThat(file.stat().blocks()).isLessThan(before);
    }
  }

  @Test
  default void sync_whenAsked_works() throws IOException {
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.write(ByteBuffer.wrap(new byte[100]), 0);
      if (works(PosixCapability.SYNC, () -> file.sync(SyncMode.DATA))) {
        file.sync(SyncMode.ALL);
        work().sync(SyncMode.ALL);
        work().sync(SyncMode.DATA);
      }
    }
  }

  @Test
  default void treeSync_whenAsked_syncsOrIsRefused() throws IOException {
    try (PosixFile file = work().openFile(name("f"), NEW)) {
      file.write(ByteBuffer.allocate(10), 0);
      if (tree().capabilities().contains(PosixCapability.TREE_SYNC)) {
        tree().sync();
        assertThat(file.stat().size()).isEqualTo(10);
      } else {
        assertThatThrownBy(tree()::sync)
            .isInstanceOfSatisfying(
                ProviderException.class,
                e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED));
      }
    }
  }
}
