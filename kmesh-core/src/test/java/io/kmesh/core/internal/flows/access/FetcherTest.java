// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Message.Urgency;
import io.kmesh.engine.PosixTrees;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetcherTest {
  private static final NodeId NODE = new NodeId(1, 2);
  private static final int SIZE = 20 * Blocks.SIZE + 100;
  private static final Fetcher.Content FILE = new Fetcher.Content(NODE, new Dot(1, 3), SIZE);

  @TempDir Path dir;
  private final byte[] bytes = RangeCacheTest.bytes(1, SIZE);
  private final List<Message.Fetch> asked = new ArrayList<>();
  private final ExecutorService readers = Executors.newCachedThreadPool();
  private PosixTree tree;
  private RangeCache cache;
  private Fetcher fetcher;
  private boolean isAnswering = true;

  @BeforeEach
  void open() throws IOException {
    tree = PosixTrees.open(dir);
    cache = RangeCache.open(tree, 64 << 20);
    fetcher = new Fetcher(cache, this::answer, Duration.ofMinutes(1));
    fetcher.reached();
  }

  @AfterEach
  void close() throws IOException {
    readers.shutdownNow();
    cache.close();
    tree.close();
  }

  /** The source: sends what is asked for, the last part first. */
  private synchronized void answer() {
    if (!isAnswering) {
      return;
    }
    for (Message message : fetcher.says()) {
      Message.Fetch fetch = (Message.Fetch) message;
      asked.add(fetch);
      for (Message.Range range : fetch.ranges()) {
        int end = (int) (range.from() + range.length());
        int middle = (int) range.from() + (int) range.length() / 3;
        send(middle, end);
        send((int) range.from(), middle + 5);
      }
    }
  }

  private void send(int from, int to) {
    fetcher.data(
        NODE, FILE.dot(), SIZE, from, ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to)));
  }

  private byte[] block(long block) {
    int from = (int) Blocks.start(block);
    return Arrays.copyOfRange(bytes, from, from + Blocks.length(block, SIZE));
  }

  @Test
  void read_asksForAllItsBlocksAtOnce_inRangesOfAMebibyte() throws Exception {
    assertThat(fetcher.block(FILE, 2, 12, "f")).isEqualTo(block(2));
    assertThat(asked).hasSize(1);
    assertThat(asked.get(0).urgency()).isEqualTo(Urgency.NOW);
    assertThat(asked.get(0).ranges())
        .containsExactly(
            new Message.Range(NODE, FILE.dot(), Blocks.start(2), 8L * Blocks.SIZE),
            new Message.Range(NODE, FILE.dot(), Blocks.start(10), 3L * Blocks.SIZE));
    for (int i = 2; i <= 12; i++) {
      assertThat(fetcher.block(FILE, i, 12, "f")).isEqualTo(block(i));
    }
    assertThat(fetcher.block(FILE, 20, 20, "f")).isEqualTo(block(20));
    assertThat(asked).hasSize(2);
    assertThat(asked.get(1).ranges())
        .containsExactly(new Message.Range(NODE, FILE.dot(), Blocks.start(20), 100));
  }

  @Test
  void fiftyReaders_areOneFetch() throws Exception {
    isAnswering = false;
    CountDownLatch begun = new CountDownLatch(50);
    List<Future<byte[]>> reads = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      reads.add(
          readers.submit(
              (Callable<byte[]>)
                  () -> {
                    begun.countDown();
                    return fetcher.block(FILE, 3, 3, "f");
                  }));
    }
    assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
    isAnswering = true;
    while (!reads.stream().allMatch(Future::isDone)) {
      answer();
    }
    for (Future<byte[]> read : reads) {
      assertThat(read.get()).isEqualTo(block(3));
    }
    assertThat(asked).hasSize(1);
    assertThat(fetcher.fetched()).isEqualTo(Blocks.SIZE);
  }

  @Test
  void readAhead_comesBehindWhatIsAwaited_andGoesWithTheLink() throws Exception {
    isAnswering = false;
    fetcher.ahead(FILE, 0, 5);
    Future<byte[]> read = readers.submit(() -> fetcher.block(FILE, 4, 9, "f"));
    List<Message> said = List.of();
    while (said.stream().noneMatch(m -> ((Message.Fetch) m).urgency() == Urgency.NOW)) {
      assertThat(said).isEmpty();
      if (isQueued(9)) {
        said = fetcher.says();
      }
    }
    assertThat(said).hasSize(2);
    // Block 4 is awaited now: it goes with the others that are.
    assertThat(((Message.Fetch) said.get(0)).ranges().get(0))
        .isEqualTo(new Message.Range(NODE, FILE.dot(), Blocks.start(4), 6L * Blocks.SIZE));
    assertThat(((Message.Fetch) said.get(1)).ranges().get(0))
        .isEqualTo(new Message.Range(NODE, FILE.dot(), 0, 4L * Blocks.SIZE));
    fetcher.ahead(FILE, 10, 12);
    fetcher.parted();
    fetcher.reached();
    isAnswering = true;
    answer();
    assertThat(read.get(1, TimeUnit.MINUTES)).isEqualTo(block(4));
    assertThat(asked.get(0).ranges().stream().mapToLong(Message.Range::length).sum())
        .isEqualTo(10L * Blocks.SIZE);
  }

  /** Whether a block is on its way. */
  private boolean isQueued(long block) {
    return fetcher.isComing(FILE.dot(), block);
  }

  @Test
  void holes_areZeros() throws Exception {
    isAnswering = false;
    Future<byte[]> first = readers.submit(() -> fetcher.block(FILE, 0, 1, "f"));
    while (!isQueued(1)) {
      Thread.onSpinWait();
    }
    fetcher.says();
    fetcher.hole(NODE, FILE.dot(), SIZE, 100, SIZE - 100);
    send(0, 100);
    byte[] expected = Arrays.copyOf(Arrays.copyOf(bytes, 100), Blocks.SIZE);
    assertThat(first.get(1, TimeUnit.MINUTES)).isEqualTo(expected);
    assertThat(cache.read(FILE.dot(), SIZE, 1)).isEqualTo(new byte[Blocks.SIZE]);
  }

  @Test
  void gone_failsAllWhoWait_byCause() throws Exception {
    isAnswering = false;
    Future<byte[]> read = readers.submit(() -> fetcher.block(FILE, 0, 0, "a/f"));
    while (!isQueued(0)) {
      Thread.onSpinWait();
    }
    fetcher.gone(new Message.Gone(NODE, FILE.dot(), Message.Cause.UNREADABLE, "It is released."));
    assertThatThrownBy(read::get)
        .hasRootCauseMessage("It is released.")
        .hasMessageContaining("Cannot read a/f");
    Future<byte[]> again = readers.submit(() -> fetcher.block(FILE, 0, 0, "a/f"));
    while (!isQueued(0)) {
      Thread.onSpinWait();
    }
    fetcher.gone(new Message.Gone(NODE, FILE.dot(), Message.Cause.SUPERSEDED, "changed"));
    assertThatThrownBy(again::get).hasCauseInstanceOf(StaleContentException.class);
  }

  @Test
  void piecesThatNobodyAskedFor_areDropped() throws Exception {
    send(0, SIZE);
    assertThat(cache.used()).isZero();
    assertThat(fetcher.fetched()).isZero();
    isAnswering = false;
    Future<byte[]> read = readers.submit(() -> fetcher.block(FILE, 0, 0, "f"));
    while (!isQueued(0)) {
      Thread.onSpinWait();
    }
    // Of another size than the register's: it is not what was asked for.
    fetcher.data(NODE, FILE.dot(), SIZE + 1, 0, ByteBuffer.wrap(block(0)));
    assertThatThrownBy(read::get).hasCauseInstanceOf(StaleContentException.class);
  }

  @Test
  void awaySource_failsAtOnce_butForWhatIsCached() throws Exception {
    fetcher.block(FILE, 0, 0, "f");
    fetcher.parted();
    assertThat(fetcher.block(FILE, 0, 0, "f")).isEqualTo(block(0));
    assertThatThrownBy(() -> fetcher.block(FILE, 1, 1, "a/f"))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("Cannot read a/f: its source is not reached");
  }

  @Test
  void whatIsAskedFor_isBounded() {
    isAnswering = false;
    Fetcher.Content huge = new Fetcher.Content(NODE, new Dot(1, 9), 1L << 40);
    fetcher.ahead(huge, 0, 100_000);
    long bytes = 0;
    for (Message message : fetcher.says()) {
      for (Message.Range range : ((Message.Fetch) message).ranges()) {
        bytes += range.length();
      }
    }
    assertThat(bytes).isEqualTo(64L << 20);
    fetcher.ahead(huge, 100_000, 200_000);
    assertThat(fetcher.says()).isEmpty();
  }

  @Test
  void readAhead_doubles_whileReadsGoOn() {
    ReadAhead ahead = new ReadAhead();
    long size = 1L << 40;
    assertThat(ahead.next(0, 1000, size).isEmpty()).isTrue();
    List<Long> windows = new ArrayList<>();
    long at = 1000;
    for (int i = 0; i < 400; i++) {
      ReadAhead.Range next = ahead.next(at, at + 100_000, size);
      at += 100_000;
      if (!next.isEmpty()) {
        assertThat(next.from()).isGreaterThanOrEqualTo(at);
        windows.add(next.to() - at);
      }
    }
    assertThat(windows.get(0)).isEqualTo(256L << 10);
    assertThat(windows.get(windows.size() - 1)).isEqualTo(8L << 20);
    assertThat(ahead.next(5, 10, size).isEmpty()).isTrue();
    assertThat(ahead.next(10, 20, 30)).isEqualTo(new ReadAhead.Range(20, 30));
    assertThat(ahead.next(20, 30, 30).isEmpty()).isTrue();
  }
}
