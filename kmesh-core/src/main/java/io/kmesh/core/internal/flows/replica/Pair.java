// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Joins two replicas of one process: what one sends is handed to the other as it is. Thread-safe.
 */
public final class Pair implements AutoCloseable {
  private final Toll toll;
  private final End first;
  private final End second;
  private final CountDownLatch isJoined = new CountDownLatch(1);
  private volatile boolean isOpen = true;
  private volatile @Nullable String broken;

  /** What files' bytes wait for before they are handed over. */
  @FunctionalInterface
  public interface Toll {
    /**
     * Waits until so many bytes may go.
     *
     * @param isWanted whether to go on waiting
     */
    void pay(int bytes, BooleanSupplier isWanted) throws InterruptedException;
  }

  /** Joins them. */
  public Pair(Replica one, String site, Replica other, String otherSite) {
    this(one, site, other, otherSite, (bytes, isWanted) -> {});
  }

  /** Joins them, with a toll on the bytes of files. */
  public Pair(Replica one, String site, Replica other, String otherSite, Toll toll) {
    this.toll = toll;
    this.first = new End(otherSite, other);
    this.second = new End(site, one);
    first.back = second;
    second.back = first;
    one.attach(first);
    other.attach(second);
    isJoined.countDown(); // each hears that the way is up before what comes over it
  }

  /** Why one of them parted with the other; empty while they are joined. */
  public Optional<String> broken() {
    return Optional.ofNullable(broken);
  }

  /** Parts them. */
  @Override
  public void close() {
    if (isOpen) {
      isOpen = false;
      second.peer.detach(first);
      first.peer.detach(second);
    }
  }

  private final class End implements Channel {
    private final String site;
    private final Replica peer;
    private final Handing handing = new ByHand();
    private @Nullable End back;

    End(String site, Replica peer) {
      this.site = site;
      this.peer = peer;
    }

    @Override
    public String site() {
      return site;
    }

    @Override
    public void send(byte[] message) throws IOException, InterruptedException {
      requireOpen();
      peer.received(java.util.Objects.requireNonNull(back), message);
    }

    @Override
    public void sendBulk(byte[] message) throws IOException, InterruptedException {
      toll.pay(message.length, () -> isOpen);
      requireOpen();
      try {
        peer.receivedBulk(message);
      } catch (IOException | RuntimeException e) {
        abort(String.valueOf(e.getMessage()));
        throw e;
      }
    }

    @Override
    public Handing handing() {
      return handing;
    }

    @Override
    public void abort(String reason) {
      if (isOpen) {
        broken = reason; // what comes of it later says less
      }
      close();
    }

    private void requireOpen() throws IOException, InterruptedException {
      isJoined.await();
      if (!isOpen) {
        throw new IOException("the replicas were parted");
      }
    }

    /** What a message would only be written for to be read again. */
    private final class ByHand implements Handing {
      @Override
      public void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes)
          throws IOException, InterruptedException {
        toll.pay(bytes.remaining(), () -> isOpen);
        hand(taker -> taker.data(node, content, size, offset, bytes));
      }

      @Override
      public void hole(NodeId node, Dot content, long size, long offset, long length)
          throws IOException, InterruptedException {
        hand(taker -> taker.hole(node, content, size, offset, length));
      }

      @Override
      public void done() {
        peer.wake();
      }

      private void hand(Piece piece) throws IOException, InterruptedException {
        requireOpen();
        try {
          piece.to(peer.taker());
        } catch (IOException | RuntimeException e) {
          abort(String.valueOf(e.getMessage()));
          throw e;
        }
      }
    }
  }

  /** Something that is handed over. */
  @FunctionalInterface
  private interface Piece {
    void to(Pieces.Taker taker) throws IOException;
  }
}
