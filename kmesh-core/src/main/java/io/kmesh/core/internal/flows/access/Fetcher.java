// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Coverage;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings blocks of contents from the source, each once however many read it. What was asked for is
 * bounded; the rest waits here, read-ahead behind what somebody waits for. Thread-safe.
 */
final class Fetcher implements Pieces.Taker {
  private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

  /** Blocks that were asked for and did not come: 64 MiB. */
  private static final int MOST_ASKED = 512;

  /** Blocks of read-ahead that wait to be asked for; more is not worth remembering. */
  private static final int MOST_AHEAD = 512;

  /** Blocks of one range: 1 MiB, one message. */
  private static final int MOST_RANGE = 8;

  private final BlockCache cache;
  private final Runnable wake;
  private final Duration limit;
  private final Object lock = new Object();
  private final Map<Key, Pending> pending = new LinkedHashMap<>();
  private final Deque<Pending> now = new ArrayDeque<>();
  private final Deque<Pending> ahead = new ArrayDeque<>();
  private final Map<Dot, Integer> byContent = new HashMap<>();
  private int asked;
  private boolean isUp;
  private long fetched;

  private record Key(Dot content, long block) {}

  /**
   * A content that is read.
   *
   * @param sealed where it is kept when it is sensitive; null for where all others are
   */
  record Content(NodeId node, Dot dot, long size, @Nullable BlockCache sealed) {
    Content(NodeId node, Dot dot, long size) {
      this(node, dot, size, null);
    }
  }

  private BlockCache cacheOf(Content content) {
    return content.sealed() == null ? cache : content.sealed();
  }

  /** A block on its way; guarded by the lock. */
  private static final class Pending {
    final Content content;
    final long block;
    final CompletableFuture<byte[]> done = new CompletableFuture<>();
    boolean isAsked;
    byte @Nullable [] bytes;
    final Coverage coverage = new Coverage();

    Pending(Content content, long block) {
      this.content = content;
      this.block = block;
    }

    Key key() {
      return new Key(content.dot(), block);
    }
  }

  /**
   * Fetches into a cache.
   *
   * @param wake has the engine ask {@link #says}
   * @param limit how long a reader waits for a block while the source is reached
   */
  Fetcher(BlockCache cache, Runnable wake, Duration limit) {
    this.cache = cache;
    this.wake = wake;
    this.limit = limit;
  }

  /** Bytes that came from the source. */
  long fetched() {
    synchronized (lock) {
      return fetched;
    }
  }

  /**
   * A block, from the cache or the source.
   *
   * @param last the last block that the reader needs with this one, which are asked for at once
   * @throws StaleContentException when the source has another version
   * @throws AccessDeniedException when the source sends nothing of it now
   */
  byte[] block(Content content, long block, long last, String path) throws IOException {
    while (true) {
      byte[] here = cacheOf(content).read(content.dot(), content.size(), block);
      if (here != null) {
        return here;
      }
      Pending wanted = request(content, block, last, path);
      if (wanted != null) {
        wake.run();
        return await(wanted, path);
      }
      // It came in between.
    }
  }

  private @Nullable Pending request(Content content, long block, long last, String path)
      throws ProviderException {
    synchronized (lock) {
      if (!isUp
          && !pending.containsKey(new Key(content.dot(), block))
          && !cacheOf(content).has(content.dot(), block)) {
        throw away(path);
      }
      Pending wanted = want(content, block);
      for (long at = block + 1; isUp && at <= last; at++) {
        want(content, at);
      }
      return wanted;
    }
  }

  /** The block on its way; null when it is in the cache. */
  private @Nullable Pending want(Content content, long block) {
    Key key = new Key(content.dot(), block);
    Pending there = pending.get(key);
    if (there != null) {
      if (!there.isAsked && ahead.remove(there)) {
        now.add(there);
      }
      return there;
    }
    if (cacheOf(content).has(content.dot(), block)) {
      return null;
    }
    Pending made = new Pending(content, block);
    add(key, made);
    now.add(made);
    return made;
  }

  private void add(Key key, Pending made) {
    pending.put(key, made);
    byContent.merge(key.content(), 1, Integer::sum);
  }

  /** Fetches blocks that somebody is expected to read; as many as there is room for. */
  void ahead(Content content, long from, long to) {
    boolean isNew = false;
    synchronized (lock) {
      for (long block = from; isUp && block < to && ahead.size() < MOST_AHEAD; block++) {
        Key key = new Key(content.dot(), block);
        if (!pending.containsKey(key) && !cacheOf(content).has(content.dot(), block)) {
          Pending made = new Pending(content, block);
          add(key, made);
          ahead.add(made);
          isNew = true;
        }
      }
    }
    if (isNew) {
      wake.run();
    }
  }

  private byte[] await(Pending wanted, String path) throws IOException {
    try {
      return wanted.done.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot read "
              + path
              + ": its source did not send the bytes within "
              + limit
              + ". Read again; the flow's status tells how it stands.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("Cannot read " + path + ": the wait was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failed failed) {
        throw failed.of(path);
      }
      throw new IOException("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private static ProviderException away(String path) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot read "
            + path
            + ": its source is not reached now, and these bytes were not read before. Bring the"
            + " link back, and read again.");
  }

  /** Why a block does not come. */
  private static final class Failed extends Exception {
    private static final long serialVersionUID = 1;
    private final Message.Cause cause;

    Failed(Message.Cause cause, String reason) {
      super(reason);
      this.cause = cause;
    }

    IOException of(String path) {
      if (cause == Message.Cause.DENIED) {
        return new AccessDeniedException("/" + path, null, getMessage());
      }
      return cause == Message.Cause.SUPERSEDED
          ? new StaleContentException(path)
          : new ProviderException(
              ErrorKind.TRANSIENT,
              "Cannot read " + path + ": its source can't. " + getMessage(),
              this);
    }
  }

  /** What is to be asked for now. For the engine's thread. */
  List<Message> says() {
    synchronized (lock) {
      if (!isUp || (now.isEmpty() && ahead.isEmpty())) {
        return List.of();
      }
      List<Message> messages = new ArrayList<>();
      fetch(now, Message.Urgency.NOW, messages);
      fetch(ahead, Message.Urgency.AHEAD, messages);
      return messages;
    }
  }

  private void fetch(Deque<Pending> queue, Message.Urgency urgency, List<Message> messages) {
    List<Message.Range> ranges = new ArrayList<>();
    Pending first = null;
    Pending last = null;
    while (asked < MOST_ASKED && !queue.isEmpty()) {
      Pending next = queue.remove();
      next.isAsked = true;
      asked++;
      if (first != null
          && last != null
          && next.content.equals(first.content)
          && next.block == last.block + 1
          && next.block - first.block < MOST_RANGE) {
        last = next;
        continue;
      }
      if (first != null && last != null) {
        ranges.add(range(first, last));
      }
      first = next;
      last = next;
    }
    if (first != null && last != null) {
      ranges.add(range(first, last));
      messages.add(new Message.Fetch(urgency, ranges));
    }
  }

  private static Message.Range range(Pending first, Pending last) {
    long from = Blocks.start(first.block);
    long to = Blocks.start(last.block) + Blocks.length(last.block, last.content.size());
    return new Message.Range(first.content.node(), first.content.dot(), from, to - from);
  }

  @Override
  public void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes) {
    long end = offset + bytes.remaining();
    for (long block = Blocks.of(offset); Blocks.start(block) < end; block++) {
      long from = Math.max(offset, Blocks.start(block));
      long to = Math.min(end, Blocks.start(block) + Blocks.SIZE);
      ByteBuffer part = bytes.duplicate();
      part.position(bytes.position() + (int) (from - offset));
      part.limit(bytes.position() + (int) (to - offset));
      take(new Key(content, block), size, from, to, part);
    }
  }

  @Override
  public void hole(NodeId node, Dot content, long size, long offset, long length) {
    // A hole may be as long as the file; of its blocks only those that were asked for matter.
    List<Key> covered = new ArrayList<>();
    synchronized (lock) {
      if (byContent.containsKey(content)) {
        for (Key key : pending.keySet()) {
          if (key.content().equals(content)
              && Blocks.start(key.block()) < offset + length
              && Blocks.start(key.block() + 1) > offset) {
            covered.add(key);
          }
        }
      }
    }
    for (Key key : covered) {
      long from = Math.max(offset, Blocks.start(key.block()));
      long to = Math.min(offset + length, Blocks.start(key.block()) + Blocks.SIZE);
      take(key, size, from, to, null);
    }
  }

  private void take(Key key, long size, long from, long to, @Nullable ByteBuffer part) {
    Pending done;
    byte[] bytes;
    synchronized (lock) {
      Pending one = pending.get(key);
      if (one == null) {
        return; // it came twice, or too late
      }
      if (size != one.content.size()) {
        fail(one, new Failed(Message.Cause.SUPERSEDED, "it has another size"));
        return;
      }
      int length = Blocks.length(key.block(), size);
      bytes = one.bytes == null ? new byte[length] : one.bytes;
      one.bytes = bytes;
      int at = (int) (from - Blocks.start(key.block()));
      if (part != null) {
        part.get(bytes, at, part.remaining());
      }
      one.coverage.add(at, at + (to - from));
      if (!one.coverage.isWhole(length)) {
        return;
      }
      done = one;
      fetched += length;
    }
    try {
      cacheOf(done.content).put(key.content(), key.block(), bytes);
    } catch (IOException e) {
      // Whoever waits for it gets it all the same.
      LOG.warn("A block was not kept in the cache: {}", e.getMessage());
    }
    boolean isMore;
    synchronized (lock) {
      forget(done);
      isMore = !now.isEmpty() || !ahead.isEmpty();
    }
    done.done.complete(bytes);
    if (isMore) {
      wake.run();
    }
  }

  private void forget(Pending one) {
    if (pending.remove(one.key(), one)) {
      byContent.computeIfPresent(one.content.dot(), (k, n) -> n == 1 ? null : n - 1);
      if (one.isAsked) {
        asked--;
      } else if (!now.remove(one)) {
        ahead.remove(one);
      }
    }
  }

  private void fail(Pending one, Failed why) {
    forget(one);
    one.done.completeExceptionally(why);
  }

  /** Whether a block was asked for, or is about to be, and did not come. */
  boolean isComing(Dot content, long block) {
    synchronized (lock) {
      return pending.containsKey(new Key(content, block));
    }
  }

  /** A content does not come. */
  void gone(Message.Gone gone) {
    synchronized (lock) {
      Failed why = new Failed(gone.cause(), gone.reason());
      for (Pending one : List.copyOf(pending.values())) {
        if (one.content.dot().equals(gone.content())) {
          fail(one, why);
        }
      }
    }
  }

  /** The source is reached, anew: all that did not come is asked for again. */
  void reached() {
    synchronized (lock) {
      isUp = true;
      asked = 0;
      now.clear();
      ahead.clear();
      for (Pending one : pending.values()) {
        one.isAsked = false;
        now.add(one);
      }
    }
  }

  /**
   * The source is not reached any more. What is awaited may come yet, when it is back in time;
   * read-ahead is not worth it.
   */
  void parted() {
    synchronized (lock) {
      isUp = false;
      for (Iterator<Pending> queued = ahead.iterator(); queued.hasNext(); ) {
        Pending one = queued.next();
        queued.remove();
        pending.remove(one.key(), one);
        byContent.computeIfPresent(one.content.dot(), (k, n) -> n == 1 ? null : n - 1);
      }
    }
  }
}
