// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.content.Outliner;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads files and sends their bytes: small ones packed, large ones piece by piece. Bytes that are
 * not those of the announced version are never sent as if they were: a file whose stamp differs
 * after it was read is told as gone. Thread-safe.
 */
final class ContentSender {
  private static final Set<OpenFlag> FLAGS = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int BLOCK = 512;

  /** Whoever is not where he was has moved, or is another by now. */
  private static final Set<Errno> MOVED =
      Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EINVAL, Errno.ESTALE);

  private final PosixTree tree;
  private final ReadGate gate;
  private final ChunkKeys keys;
  private volatile SendGate leaving = SendGate.OPEN;
  private final Executor crew;
  private final Listener listener;
  private final AtomicInteger outstanding = new AtomicInteger();

  /** What somebody waits for goes before what is sent ahead. */
  private final Map<Message.Urgency, Queue<Pack>> queues =
      Map.of(
          Message.Urgency.NOW, new ConcurrentLinkedQueue<>(),
          Message.Urgency.AHEAD, new ConcurrentLinkedQueue<>());

  /**
   * A file to send.
   *
   * @param path where it was when this was asked
   * @param local its stamp
   * @param from the first byte to send
   * @param to behind the last byte to send, at most the file's size
   * @param level of the chunks that are told instead of their bytes; {@link #BYTES} for the bytes
   * @param names all paths of the file, where what is sent is guarded; else none
   */
  record Job(
      NodeId node,
      Dot content,
      PathBytes path,
      Local local,
      long from,
      long to,
      int level,
      List<PathBytes> names) {
    /** The bytes are sent. */
    static final int BYTES = 0;

    long length() {
      return to - from;
    }
  }

  /** Memory that tasks which hand over bytes have left: one for each thread at most. */
  private final Queue<ByteBuffer> spares = new ConcurrentLinkedQueue<>();

  /** What a way does. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException, InterruptedException;
  }

  /** Jobs of about one message. */
  private record Pack(Channel channel, List<Job> jobs) {}

  /** Who hears how it went. */
  interface Listener {
    /** A file can't be sent as it was announced. */
    void notSent(Channel channel, Job job, Message.Cause cause, String reason);

    /** Chunks of a file were told. */
    void told(Job job, Message.Recipe recipe);

    /** Work ended, so that there is room for more. */
    void hasRoom();

    /** Bytes of content go out. */
    void sent(long bytes);
  }

  ContentSender(PosixTree tree, ReadGate gate, ChunkKeys keys, Executor crew, Listener listener) {
    this.tree = tree;
    this.gate = gate;
    this.keys = keys;
    this.crew = crew;
    this.listener = listener;
  }

  /** Has what leaves guarded. */
  void guard(SendGate gateOfFlow) {
    leaving = gateOfFlow;
  }

  /** Tasks that have not ended. */
  int outstanding() {
    return outstanding.get();
  }

  /** Sends files, in tasks of about one message each. */
  void send(Channel channel, List<Job> jobs, Message.Urgency urgency) {
    List<Job> pack = new ArrayList<>();
    long bytes = 0;
    for (Job job : jobs) {
      long size = job.length();
      if (size > Pieces.MOST_BYTES || job.level() != Job.BYTES) {
        start(new Pack(channel, List.of(job)), urgency);
        continue;
      }
      if (bytes + size > Pieces.MOST_BYTES || pack.size() >= 500) {
        start(new Pack(channel, List.copyOf(pack)), urgency);
        pack.clear();
        bytes = 0;
      }
      pack.add(job);
      bytes += size;
    }
    if (!pack.isEmpty()) {
      start(new Pack(channel, List.copyOf(pack)), urgency);
    }
  }

  /** The file is not what was announced. */
  private static final class ChangedException extends IOException {
    private static final long serialVersionUID = 1;

    ChangedException(String message) {
      super(message);
    }
  }

  /** The file is not to leave this site now. */
  private static final class DeniedException extends IOException {
    private static final long serialVersionUID = 1;

    DeniedException(String message) {
      super(message);
    }
  }

  private static Message.Cause causeOf(Exception e) {
    if (e instanceof DeniedException) {
      return Message.Cause.DENIED;
    }
    boolean isSuperseded =
        e instanceof ChangedException
            || (e instanceof ProviderException p
                && p.errno().filter(n -> MOVED.contains(n)).isPresent());
    return isSuperseded ? Message.Cause.SUPERSEDED : Message.Cause.UNREADABLE;
  }

  private void start(Pack pack, Message.Urgency urgency) {
    outstanding.incrementAndGet();
    queue(urgency).add(pack);
    crew.execute(
        () -> {
          try {
            Pack next = queue(Message.Urgency.NOW).poll();
            if (next == null) {
              next = queue(Message.Urgency.AHEAD).poll();
            }
            if (next != null) {
              new Task(next.channel()).run(next.jobs());
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            outstanding.decrementAndGet();
            listener.hasRoom();
          }
        });
  }

  private Queue<Pack> queue(Message.Urgency urgency) {
    return java.util.Objects.requireNonNull(queues.get(urgency));
  }

  private final class Task {
    private final Channel channel;
    private final @Nullable Handing handing;
    private ByteOutput out = Pieces.begin(0);
    private @Nullable PosixDirectory directory;
    private PathBytes directoryPath = PathBytes.EMPTY;
    private @Nullable ByteBuffer buffer;
    private long bytes;
    private boolean isBroken;

    Task(Channel channel) {
      this.channel = channel;
      this.handing = channel.handing();
    }

    void run(List<Job> jobs) throws InterruptedException {
      try {
        for (Job job : jobs) {
          if (isBroken) {
            return;
          }
          try {
            send(job);
          } catch (IOException | RuntimeException e) {
            if (!isBroken) {
              listener.notSent(channel, job, causeOf(e), String.valueOf(e.getMessage()));
            }
          }
        }
        flush();
      } catch (IOException e) {
        // The way is broken: the peer asks again on the next one.
        isBroken = true;
      } finally {
        end();
      }
    }

    private void send(Job job) throws IOException, InterruptedException {
      requireAllowed(job);
      try (PosixFile file = parentOf(job).openFile(job.path().name(), FLAGS)) {
        Optional<String> refusal = gate.refusal(file);
        if (refusal.isPresent()) {
          throw new IOException(refusal.get());
        }
        long size = job.local().size();
        if (job.level() != Job.BYTES) {
          tellChunks(job, file, size);
        } else if (size > Pieces.MOST_BYTES) {
          sendLarge(job, file, size);
        } else {
          sendSmall(job, file, size);
        }
      }
    }

    private void tellChunks(Job job, PosixFile file, long size)
        throws IOException, InterruptedException {
      check(job, file.stat());
      List<Chunk> chunks = new ArrayList<>();
      try {
        new Outliner(keys, job.level())
            .outline(
                file,
                size,
                job.from(),
                (offset, chunk) -> {
                  chunks.add(chunk);
                  return offset + chunk.length() < job.to()
                      && chunks.size() < MessageCodec.MOST_CHUNKS;
                });
      } catch (EOFException e) {
        throw new ChangedException(String.valueOf(e.getMessage()));
      }
      check(job, file.stat());
      Message.Recipe recipe =
          new Message.Recipe(job.node(), job.content(), job.from(), job.level(), chunks);
      try {
        channel.send(MessageCodec.encode(recipe));
      } catch (IOException e) {
        isBroken = true;
        throw e;
      }
      listener.told(job, recipe);
    }

    private void sendSmall(Job job, PosixFile file, long size)
        throws IOException, InterruptedException {
      int length = (int) job.length();
      ByteBuffer read = read(file, job.from(), length);
      check(job, file.stat());
      data(job, size, job.from(), read);
    }

    private void data(Job job, long size, long offset, ByteBuffer read)
        throws IOException, InterruptedException {
      int length = read.remaining();
      Handing byHand = handing;
      if (byHand != null) {
        hand(() -> byHand.data(job.node(), job.content(), size, offset, read));
      } else {
        if (out.size() + length > Pieces.MOST_BYTES) {
          flush();
        }
        Pieces.data(job.node(), job.content(), size, offset, read, out);
      }
      bytes += length;
    }

    private void hole(Job job, long size, long offset, long length)
        throws IOException, InterruptedException {
      Handing byHand = handing;
      if (byHand != null) {
        hand(() -> byHand.hole(job.node(), job.content(), size, offset, length));
      } else {
        Pieces.hole(job.node(), job.content(), size, offset, length, out);
      }
    }

    private void hand(Step step) throws IOException, InterruptedException {
      try {
        step.run();
      } catch (IOException e) {
        isBroken = true;
        throw e;
      }
    }

    private void sendLarge(Job job, PosixFile file, long size)
        throws IOException, InterruptedException {
      FileStat before = file.stat();
      check(job, before);
      boolean isSparse = before.blocks() * BLOCK < size;
      long at = job.from();
      while (at < job.to()) {
        long end = job.to();
        if (isSparse) {
          OptionalLong data = file.nextData(at);
          long begin = data.isPresent() ? Math.min(data.getAsLong(), end) : end;
          if (begin > at) {
            hole(job, size, at, begin - at);
            at = begin;
            continue;
          }
          end = Math.min(end, file.nextHole(at));
        }
        int length = (int) Math.min(end - at, Pieces.MOST_BYTES);
        ByteBuffer read = read(file, at, length);
        // Each piece is proven before it leaves, so that the last one proves nothing alone.
        check(job, file.stat());
        data(job, size, at, read);
        at += length;
      }
    }

    private ByteBuffer read(PosixFile file, long from, int length) throws IOException {
      ByteBuffer target = room(length);
      while (target.hasRemaining()) {
        int count = file.read(target, from + target.position());
        if (count <= 0) {
          throw new ChangedException("it became shorter while it was read");
        }
      }
      return target.flip();
    }

    /** Memory for one piece: what is handed over is read and written in place. */
    private ByteBuffer room(int length) {
      ByteBuffer room = buffer;
      if (room == null || room.capacity() < length) {
        if (handing != null) {
          ByteBuffer spare = spares.poll();
          room = spare != null ? spare : ByteBuffer.allocateDirect(Pieces.MOST_BYTES);
        } else {
          int least = room == null ? 0 : Math.min(Pieces.MOST_BYTES, room.capacity() * 2);
          room = ByteBuffer.allocate(Math.max(length, least));
        }
        buffer = room;
      }
      return room.clear().limit(length);
    }

    private void check(Job job, FileStat now) throws IOException {
      requireAllowed(job);
      if (!job.local().isUntouched(now)) {
        throw new ChangedException("it changed while it was read");
      }
    }

    /** Asked again for each piece: what is large may outlast a grant. */
    private void requireAllowed(Job job) throws IOException {
      Optional<String> refusal = leaving.refusal(channel.site(), job.names());
      if (refusal.isPresent()) {
        throw new DeniedException(refusal.get());
      }
    }

    private PosixDirectory parentOf(Job job) throws IOException {
      PathBytes parent = job.path().parent();
      PosixDirectory open = directory;
      if (open == null || !parent.equals(directoryPath)) {
        close();
        open = tree.openDirectory(parent);
        directory = open;
        directoryPath = parent;
      }
      return open;
    }

    private void flush() throws IOException, InterruptedException {
      Handing byHand = handing;
      if (byHand != null) {
        countSent();
        byHand.done();
      } else if (out.size() > 1) {
        countSent();
        try {
          channel.sendBulk(out.toBytes());
        } catch (IOException e) {
          isBroken = true;
          throw e;
        }
        out = Pieces.begin(0);
      }
    }

    /** Before they go: who waits for the target may ask for the count as soon as it has them. */
    private void countSent() {
      listener.sent(bytes);
      bytes = 0;
    }

    private void end() {
      close();
      ByteBuffer room = buffer;
      if (handing != null && room != null) {
        spares.add(room);
      }
    }

    private void close() {
      if (directory != null) {
        try {
          directory.close();
        } catch (IOException e) {
          // It was only read.
        }
        directory = null;
      }
    }
  }
}
