// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.compress.ZstdOpener;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a session: a thread that reads and one that writes. What is read and what is to be
 * written the session decides.
 */
final class LinkStream {
  /** The bytes of a goodbye's reason. */
  static final int LONGEST_REASON = 1000;

  final int number;
  final LinkConnection connection;

  /** Where the writer waits. */
  final Condition work;

  // Guarded by the session's lock.
  boolean isDead;
  boolean isIdle;
  boolean isFlushed = true;
  boolean isPingDue;
  boolean isLeaving;
  boolean saidLeave;
  boolean saidGoodbye;
  @Nullable Inbox reservedIn;
  int reserved;
  long carriedBefore;

  private final Session session;
  private final FrameInput in;
  private final FrameOutput out;
  private volatile long peerReceived;
  private volatile long pingToken;
  private volatile long pingHeard;

  // For the thread of the session's ticks.
  private long seenIn = -1;
  private long seenReceived = -1;
  private long heardAt;
  private long progressAt;

  LinkStream(
      Session session, int number, LinkConnection connection, FrameInput in, FrameOutput out) {
    this.session = session;
    this.number = number;
    this.connection = connection;
    this.in = in;
    this.out = out;
    this.work = session.lock.newCondition();
  }

  void start() {
    KmeshThreads.start("link-reader", this::read);
    KmeshThreads.start("link-writer", this::write);
  }

  /** Whether it made no progress for so long. */
  boolean isStalled(long now, Duration limit) {
    long bytes = connection.bytesIn();
    if (bytes != seenIn) {
      seenIn = bytes;
      heardAt = now;
    }
    long received = peerReceived;
    if (received != seenReceived || received >= out.written()) {
      seenReceived = received;
      progressAt = now;
    }
    return now - heardAt >= limit.toNanos() || now - progressAt >= limit.toNanos();
  }

  // ---- reading

  private void read() {
    try (Opener opener = new Opener()) {
      while (!in.isAtEnd()) {
        Frame frame = Frame.read(in);
        frame.check(session.settings.longestMessage);
        long began = in.count();
        if (frame.isMessage()) {
          readMessage(frame, opener);
        } else {
          readControl(frame);
        }
        Frame.checkEnd(frame, began, in);
      }
      session.died(this, "the peer closed it");
    } catch (LinkViolation e) {
      session.violated(this, e);
    } catch (IOException | RuntimeException | Error e) {
      session.died(this, String.valueOf(e.getMessage()));
    }
  }

  private void readMessage(Frame frame, Opener opener) throws IOException {
    long id = in.i64();
    boolean isPacked = (frame.flags() & Frame.PACKED) != 0;
    int carried = frame.length() - (isPacked ? 12 : 8);
    int length = isPacked ? in.i32() : carried;
    if (length < 0 || length > session.settings.longestMessage || (isPacked && carried >= length)) {
      throw new LinkViolation(
          "a message of " + Integer.toUnsignedString(length) + " bytes in " + carried);
    }
    if (!session.reserve(this, frame.type(), id, length)) {
      in.skip(carried);
      return;
    }
    byte[] message = isPacked ? opener.open(carried, length) : in.bytes(carried);
    session.arrived(this, frame.type(), id, message, (frame.flags() & Frame.LAST) != 0);
  }

  private void readControl(Frame frame) throws IOException {
    switch (frame.type()) {
      case Frame.ACK -> session.handled(Frame.set(in), Frame.set(in));
      case Frame.PING -> {
        long token = in.i64();
        long echo = in.i64();
        long age = in.i64();
        peerReceived = in.i64();
        pingHeard = session.settings.time.nanoTime();
        pingToken = token;
        session.pinged(echo, age, (frame.flags() & Frame.BUSY) != 0);
      }
      case Frame.CUT -> session.cutByPeer(in.i32());
      case Frame.ARRIVED -> session.settle(in.i32(), Frame.set(in), Frame.set(in));
      case Frame.LEAVE -> session.peerLeaves(this);
      case Frame.GOODBYE -> {
        int cause = in.u8();
        byte[] text = in.bytes(Math.min(frame.length() - 1, LONGEST_REASON));
        in.skip(frame.length() - 1 - text.length);
        session.goodbye(cause, new String(text, StandardCharsets.UTF_8));
      }
      default -> in.skip(frame.length());
    }
  }

  /** Expands messages; its context is made when the first one comes. */
  private final class Opener implements AutoCloseable {
    private @Nullable ZstdOpener zstd;

    byte[] open(int carried, int length) throws IOException {
      if (!session.mayPack()) {
        throw new LinkViolation("a compressed message, which was not agreed on");
      }
      byte[] packed = in.bytes(carried);
      if (zstd == null) {
        zstd = new ZstdOpener();
      }
      try {
        return zstd.open(packed, 0, carried, length);
      } catch (ProviderException e) {
        throw new LinkViolation("a compressed message that does not expand: " + e.getMessage());
      }
    }

    @Override
    public void close() {
      if (zstd != null) {
        zstd.close();
      }
    }
  }

  /** The bytes that the writer has handed on. */
  long written() {
    return out.written();
  }

  // ---- writing

  private void write() {
    try (Packer packer = new Packer()) {
      for (Streams.Next next = session.next(this); next != null; next = session.next(this)) {
        next.write(out, packer);
      }
      out.flush();
    } catch (IOException | RuntimeException | Error e) {
      session.died(this, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      session.died(this, "its thread was interrupted");
    }
  }

  void writePing(int flags) throws IOException {
    long heard = pingHeard;
    long now = session.settings.time.nanoTime();
    out.head(Frame.PING, flags, 4 * 8);
    out.i64(now);
    out.i64(pingToken);
    out.i64(heard == 0 ? -1 : now - heard);
    out.i64(in.received());
  }

  /** Compresses messages, when that was agreed on. */
  final class Packer implements AutoCloseable {
    private @Nullable MessagePacker zstd;

    Outgoing.Body body(Outgoing message) throws ProviderException {
      Outgoing.Body body = message.body;
      if (body.isFinal() || !session.mayPack()) {
        return body;
      }
      if (zstd == null) {
        zstd = new MessagePacker(session.settings.compression);
      }
      Outgoing.Body packed = zstd.pack(body.bytes());
      message.body = packed;
      return packed;
    }

    @Override
    public void close() {
      if (zstd != null) {
        zstd.close();
      }
    }
  }

  @Override
  public String toString() {
    return "stream " + number;
  }
}
