// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.place.ContentSink;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.replica.Coverage;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of files that arrive, on their way to the placer. What comes before the registers that it
 * belongs to waits here, up to a bound; what does not fit is dropped, and asked for when it is
 * wanted. Thread-safe.
 */
final class Arrivals implements Pieces.Taker {
  private static final long MOST_EARLY = 64L << 20;
  private static final int MOST_DROPPED = 100_000;

  /** About what a held piece takes besides its bytes. */
  private static final int HELD = 128;

  private final Placer placer;
  private final Deque<Early> early = new ArrayDeque<>();
  private final Map<Key, Open> open = new HashMap<>();
  private final Set<Key> dropped = new HashSet<>();
  private final Map<NodeId, Message.Gone> failures = new HashMap<>();
  private long earlyBytes;
  private boolean isOverflown;

  private record Key(NodeId node, Dot content) {}

  /** A piece that came before what it belongs to. */
  private record Early(Key key, long size, long offset, byte @Nullable [] bytes, long length) {}

  /** A file that comes in several pieces. */
  private static final class Open {
    final ContentSink sink;
    final long size;
    final Coverage coverage = new Coverage();

    Open(ContentSink sink, long size) {
      this.sink = sink;
      this.size = size;
    }
  }

  /** A content that came in part. */
  record Part(NodeId node, Dot content, long size) {}

  Arrivals(Placer placer) {
    this.placer = placer;
  }

  @Override
  public void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes)
      throws IOException {
    Key key = new Key(node, content);
    if (!take(key, size, offset, bytes, bytes.remaining())) {
      byte[] kept = new byte[bytes.remaining()];
      bytes.get(kept);
      hold(new Early(key, size, offset, kept, kept.length));
    }
  }

  @Override
  public void hole(NodeId node, Dot content, long size, long offset, long length)
      throws IOException {
    Key key = new Key(node, content);
    if (!take(key, size, offset, null, length)) {
      hold(new Early(key, size, offset, null, length));
    }
  }

  /**
   * Tries again what came early. For the engine's thread, after the placer heard of a batch.
   *
   * @param stale what is not wanted any more, whatever comes yet
   * @param useless what came in part and is not wanted now
   */
  void settle(Stale stale, Stale useless) throws IOException {
    dropParts(useless);
    Deque<Early> held;
    synchronized (this) {
      if (early.isEmpty()) {
        return;
      }
      held = new ArrayDeque<>(early);
      early.clear();
      earlyBytes = 0;
    }
    for (Early one : held) {
      byte[] bytes = one.bytes();
      boolean isTaken;
      try {
        isTaken =
            take(
                one.key(),
                one.size(),
                one.offset(),
                bytes == null ? null : ByteBuffer.wrap(bytes),
                one.length());
      } catch (ProviderException e) {
        // It is not what its register says, and who sent it may be gone: it is asked for.
        drop(one.key());
        continue;
      }
      if (!isTaken && !stale.test(one.key().node(), one.key().content())) {
        hold(one);
      }
    }
  }

  private void dropParts(Stale useless) throws IOException {
    List<Key> parts;
    synchronized (this) {
      parts = List.copyOf(open.keySet());
    }
    for (Key key : parts) {
      if (useless.test(key.node(), key.content())) {
        Open part;
        synchronized (this) {
          part = open.remove(key);
        }
        if (part != null) {
          part.sink.close();
        }
      }
    }
  }

  /** Tells something of a content, such as that it is not wanted any more. */
  interface Stale {
    /** Whether it is so. */
    boolean test(NodeId node, Dot content) throws IOException;
  }

  /** Whether bytes of a content were dropped since this was last asked. */
  synchronized boolean wasDropped(NodeId node, Dot content) {
    return dropped.remove(new Key(node, content));
  }

  /** Whether more was dropped than is remembered, since this was last asked. */
  synchronized boolean takeOverflow() {
    boolean was = isOverflown;
    isOverflown = false;
    return was;
  }

  /** Contents that could not be written here, since this was last asked. */
  synchronized List<Message.Gone> takeFailures() {
    List<Message.Gone> taken = List.copyOf(failures.values());
    failures.clear();
    return taken;
  }

  /**
   * The way is gone by which things came. What came early stays, since it may be the first of the
   * next way; so does what came in part, but for what is not lacking any more.
   *
   * @return what came in part
   */
  List<Part> reset(Stale lacking) throws IOException {
    synchronized (this) {
      dropped.clear();
    }
    dropParts((node, content) -> !lacking.test(node, content));
    List<Part> parts = new ArrayList<>();
    synchronized (this) {
      open.forEach((key, one) -> parts.add(new Part(key.node(), key.content(), one.size)));
    }
    return parts;
  }

  /** Whether a range of a content that came in part has come. */
  synchronized boolean has(NodeId node, Dot content, long from, long length) {
    Open part = open.get(new Key(node, content));
    return part != null && part.coverage.has(from, from + length);
  }

  /** What did not come of a content that came in part; empty when nothing of it did. */
  synchronized Optional<List<Message.Range>> missing(NodeId node, Dot content) {
    Open part = open.get(new Key(node, content));
    return part == null
        ? Optional.empty()
        : Optional.of(
            part.coverage.missing(part.size).entrySet().stream()
                .map(e -> new Message.Range(node, content, e.getKey(), e.getValue() - e.getKey()))
                .toList());
  }

  /** A failure of this site's tree concerns one file, and is no reason to part with the peer. */
  private boolean take(Key key, long size, long offset, @Nullable ByteBuffer bytes, long length)
      throws IOException {
    try {
      return write(key, size, offset, bytes, length);
    } catch (IOException e) {
      if (ProviderException.kindOfRead(e) == ErrorKind.INVALID) {
        throw e;
      }
      Open file;
      synchronized (this) {
        file = open.remove(key);
        failures.put(
            key.node(),
            new Message.Gone(
                key.node(),
                key.content(),
                Message.Cause.UNREADABLE,
                "Its bytes can't be written at the target: " + e.getMessage()));
      }
      if (file != null) {
        file.sink.close();
      }
      return true;
    }
  }

  private boolean write(Key key, long size, long offset, @Nullable ByteBuffer bytes, long length)
      throws IOException {
    if (bytes != null && offset == 0 && length == size) {
      return placer.put(key.node(), key.content(), bytes);
    }
    Open file;
    synchronized (this) {
      file = open.get(key);
      if (file == null) {
        Optional<ContentSink> sink = placer.open(key.node(), key.content(), size);
        if (sink.isEmpty()) {
          return false;
        }
        file = new Open(sink.get(), size);
        open.put(key, file);
      }
    }
    if (bytes != null) {
      file.sink.write(offset, bytes);
    } else {
      file.sink.hole(offset, length);
    }
    boolean isWhole;
    synchronized (this) {
      file.coverage.add(offset, offset + length);
      isWhole = file.coverage.isWhole(size) && open.remove(key, file);
    }
    if (isWhole) {
      file.sink.done();
    }
    return true;
  }

  private synchronized void hold(Early one) {
    long bytes = HELD + (one.bytes() == null ? 0 : one.length());
    if (earlyBytes + bytes > MOST_EARLY) {
      drop(one.key());
      return;
    }
    early.add(one);
    earlyBytes += bytes;
  }

  private synchronized void drop(Key key) {
    if (dropped.size() < MOST_DROPPED) {
      dropped.add(key);
    } else {
      dropped.clear();
      isOverflown = true;
    }
  }
}
