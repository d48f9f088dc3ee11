// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Has the source make changes, and waits until they are durable there. A change whose answer does
 * not come is told as unknown, and never asked for twice. Thread-safe.
 */
final class EditSender {
  private static final int PIECE = 256 << 10;

  private final long replica;
  private final Runnable wake;
  private final Duration limit;
  private final List<Message> unsaid = new ArrayList<>();
  private final Map<Long, CompletableFuture<Message.Edited>> open = new LinkedHashMap<>();
  private @Nullable Channel channel;
  private long number;

  /**
   * Sends changes.
   *
   * @param replica this site's replica
   * @param limit how long an answer is waited for
   */
  EditSender(long replica, Runnable wake, Duration limit) {
    this.replica = replica;
    this.wake = wake;
    this.limit = limit;
  }

  /** What is to be done, without a number yet. */
  record Change(
      Message.Action action,
      PathBytes path,
      PathBytes other,
      @Nullable Seen seen,
      long first,
      long second,
      byte[] value) {
    private static final byte[] NOTHING = new byte[0];

    static Change of(Message.Action action, PathBytes path) {
      return new Change(action, path, PathBytes.EMPTY, null, 0, 0, NOTHING);
    }

    Change other(PathBytes next) {
      return new Change(action, path, next, seen, first, second, value);
    }

    Change seen(Seen next) {
      return new Change(action, path, other, next, first, second, value);
    }

    Change numbers(long one, long two) {
      return new Change(action, path, other, seen, one, two, value);
    }

    Change value(byte[] next) {
      return new Change(action, path, other, seen, first, second, next);
    }
  }

  /**
   * What the writer saw at the path.
   *
   * @param node null for nothing
   * @param dot the content of a regular file
   * @param content its size and time
   */
  record Seen(@Nullable NodeId node, Dot dot, Content content) {
    static final Seen NOTHING = new Seen(null, Dot.NONE, new Content(0, new FileTime(0, 0)));
  }

  /**
   * Has a change made.
   *
   * @param bytes of a written file; null for other changes
   * @param size of them
   */
  void make(Change change, @Nullable PosixFile bytes, long size) throws IOException {
    finish(change.path(), ask(change, bytes, size));
  }

  /**
   * Has a change made, and tells how that went.
   *
   * @param bytes of a written file; null for other changes
   * @param size of them
   */
  Message.Edited ask(Change change, @Nullable PosixFile bytes, long size) throws IOException {
    long id;
    Channel way;
    CompletableFuture<Message.Edited> answer = new CompletableFuture<>();
    synchronized (this) {
      way = channel;
      if (way == null) {
        throw new ProviderException(
            ErrorKind.TRANSIENT,
            "Cannot change "
                + change.path()
                + ": its source is not reached now. Bring the link back, and try again.");
      }
      id = ++number;
      open.put(id, answer);
    }
    try {
      if (bytes != null) {
        send(way, id, bytes, size);
      }
      synchronized (this) {
        unsaid.add(edit(id, change));
      }
      wake.run();
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new ProviderException(
          ErrorKind.UNKNOWN_OUTCOME,
          "Cannot tell whether "
              + change.path()
              + " was changed: its source did not answer. Look at it when the source is reached.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException(
              "Cannot tell whether " + change.path() + " was changed: the wait was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    } finally {
      synchronized (this) {
        open.remove(id);
      }
    }
  }

  private static Message.Edit edit(long id, Change change) {
    Seen seen = change.seen() == null ? Seen.NOTHING : change.seen();
    NodeId node = seen.node();
    return new Message.Edit(
        id,
        change.action(),
        change.path(),
        change.other(),
        change.seen() == null
            ? Message.Expected.ANY
            : node == null ? Message.Expected.ABSENT : Message.Expected.AS_SEEN,
        node == null ? NodeId.ROOT : node,
        seen.dot(),
        seen.content().size(),
        seen.content().mtime(),
        change.first(),
        change.second(),
        change.value());
  }

  private void send(Channel way, long id, PosixFile bytes, long size)
      throws IOException, InterruptedException {
    ByteBuffer piece = ByteBuffer.allocate((int) Math.max(1, Math.min(PIECE, size)));
    Dot content = new Dot(replica, id);
    long at = 0;
    while (at < size) {
      piece.clear().limit((int) Math.min(piece.capacity(), size - at));
      while (piece.hasRemaining()) {
        if (bytes.read(piece, at + piece.position()) <= 0) {
          throw new ProviderException(
              ErrorKind.CORRUPT, "Cannot send what was written: its file here became shorter.");
        }
      }
      piece.flip();
      way.sendBulk(Pieces.of(NodeId.ROOT, content, size, at, piece));
      at += piece.limit();
    }
  }

  private static void finish(PathBytes path, Message.Edited edited) throws IOException {
    switch (edited.outcome()) {
      case DONE, BESIDE -> {}
      case EXISTS -> throw new FileAlreadyExistsException(path.toString(), null, edited.reason());
      case NOT_FOUND -> throw new NoSuchFileException(path.toString(), null, edited.reason());
      case CONFLICT, FAILED ->
          throw new FileSystemException(path.toString(), null, edited.reason());
    }
  }

  /** What is to be said now. For the engine's thread. */
  synchronized List<Message> says() {
    if (unsaid.isEmpty()) {
      return List.of();
    }
    List<Message> taken = List.copyOf(unsaid);
    unsaid.clear();
    return taken;
  }

  /** An answer. */
  void edited(Message.Edited edited) {
    CompletableFuture<Message.Edited> answer;
    synchronized (this) {
      answer = open.get(edited.number());
    }
    if (answer != null) {
      answer.complete(edited);
    }
  }

  /** The source is reached by a way. */
  synchronized void reached(Channel way) {
    parted();
    channel = way;
  }

  /** The source is not reached any more: what was not answered never will be. */
  synchronized void parted() {
    channel = null;
    unsaid.clear();
    IOException lost = new IOException("The link to the source was lost.");
    open.values().forEach(answer -> answer.completeExceptionally(lost));
    open.clear();
  }
}
