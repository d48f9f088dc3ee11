// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Handing;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.testkit.fault.SimulatedCrash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A way between two replicas that a test delivers by: ordered messages in order, bulk in any order,
 * some twice; what is under way when it is cut is lost, but for some of what was sent first. For
 * one thread.
 */
final class TestWay {
  private final Random random;
  private final End first;
  private final End second;
  private boolean isCut;
  private long bytes;
  boolean tellsChunks = true;

  /** Bytes of files are handed over at once, as within one process. */
  boolean isNear;

  /** The process of who was handed something ended. */
  private boolean hasEnded;

  private @Nullable String broken;

  TestWay(Replica one, String site, Replica other, String otherSite, Random random) {
    this.random = random;
    this.first = new End(otherSite, one);
    this.second = new End(site, other);
    first.other = second;
    second.other = first;
    one.attach(first);
    other.attach(second);
  }

  /** Why one of the replicas broke it; null when none did. */
  @Nullable String broken() {
    return broken;
  }

  /** How many bytes went over it, both ways. */
  long bytes() {
    return bytes;
  }

  /** Whether a process ended to which something was handed, since this was last asked. */
  boolean takeEnded() {
    boolean was = hasEnded;
    hasEnded = false;
    return was;
  }

  boolean isCut() {
    return isCut;
  }

  /** Whether nothing is under way. */
  boolean isIdle() {
    return first.isIdle() && second.isIdle();
  }

  /** Delivers one message, if one is under way. */
  void deliver() throws IOException {
    End from = random.nextBoolean() ? first : second;
    if (from.isIdle()) {
      from = from.other();
    }
    from.deliver();
  }

  /** Cuts it; both sides notice by {@link #notice} or when they send, each at its own time. */
  void cut() {
    if (!isCut) {
      isCut = true;
      first.lose();
      second.lose();
    }
  }

  /** Has one side notice that it was cut; true when both have. */
  boolean notice() {
    End end = random.nextBoolean() ? first : second;
    if (!end.isUp) {
      end = end.other();
    }
    end.notice();
    return !first.isUp && !second.isUp;
  }

  /** Has both notice. */
  void noticeAll() {
    cut();
    first.notice();
    second.notice();
  }

  /** A replica is no more: nothing reaches it, and it sends nothing. */
  void ended(Replica replica) {
    cut();
    for (End end : List.of(first, second)) {
      if (end.replica == replica) {
        end.isUp = false;
        end.other().clear();
      }
    }
  }

  private final class End implements Channel {
    private final String peerSite;
    private final Replica replica;
    private final Deque<byte[]> ordered = new ArrayDeque<>();
    private final List<byte[]> bulk = new ArrayList<>();
    private @Nullable End other;
    private boolean isUp = true;

    End(String peerSite, Replica replica) {
      this.peerSite = peerSite;
      this.replica = replica;
    }

    End other() {
      return java.util.Objects.requireNonNull(other);
    }

    boolean isIdle() {
      return ordered.isEmpty() && bulk.isEmpty();
    }

    void clear() {
      ordered.clear();
      bulk.clear();
    }

    void lose() {
      int kept = random.nextInt(ordered.size() + 1);
      while (ordered.size() > kept) {
        ordered.removeLast();
      }
      bulk.removeIf(message -> random.nextBoolean());
    }

    void notice() {
      if (isUp) {
        isUp = false;
        replica.detach(this);
      }
    }

    void deliver() throws IOException {
      boolean isBulk = ordered.isEmpty() || (!bulk.isEmpty() && random.nextBoolean());
      if (isIdle()) {
        return;
      }
      try {
        if (isBulk) {
          int at = random.nextInt(bulk.size());
          byte[] message = random.nextInt(8) == 0 ? bulk.get(at) : bulk.remove(at);
          other().replica.receivedBulk(message.clone());
        } else {
          byte[] message = ordered.removeFirst();
          if (other().isUp) {
            other().replica.received(other(), message);
          }
        }
      } catch (IOException e) {
        other().abort(String.valueOf(e.getMessage()));
      }
    }

    @Override
    public String site() {
      return peerSite;
    }

    @Override
    public void send(byte[] message) throws IOException {
      if (mayStillSend()) {
        bytes += message.length;
        ordered.add(message);
      }
    }

    @Override
    public void sendBulk(byte[] message) throws IOException {
      if (mayStillSend()) {
        bytes += message.length;
        bulk.add(message);
      }
    }

    private boolean mayStillSend() throws IOException {
      if (!isUp || (isCut && random.nextBoolean())) {
        throw new IOException("the way was cut");
      }
      return !isCut;
    }

    @Override
    public @Nullable Handing handing() {
      return isNear ? new ByHand() : null;
    }

    private final class ByHand implements Handing {
      @Override
      public void data(NodeId node, Dot content, long size, long offset, ByteBuffer piece)
          throws IOException {
        bytes += piece.remaining();
        hand(taker -> taker.data(node, content, size, offset, piece));
      }

      @Override
      public void hole(NodeId node, Dot content, long size, long offset, long length)
          throws IOException {
        hand(taker -> taker.hole(node, content, size, offset, length));
      }

      @Override
      public void done() {
        // A test steps all the time.
      }

      private void hand(Piece piece) throws IOException {
        if (mayStillSend()) {
          try {
            piece.to(other().replica.taker());
          } catch (SimulatedCrash e) {
            hasEnded = true;
            cut();
            throw new IOException("the process of the other end ended", e);
          } catch (IOException e) {
            other().abort(String.valueOf(e.getMessage()));
            throw e;
          }
        }
      }
    }

    @Override
    public boolean tellsChunks() {
      return tellsChunks;
    }

    @Override
    public void abort(String reason) {
      // Who finds it cut when it sends breaks it too.
      if (!isCut) {
        broken = reason;
      }
      noticeAll();
    }
  }

  /** Something that is handed over. */
  private interface Piece {
    void to(Pieces.Taker taker) throws IOException;
  }
}
