// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.io.IOException;

/**
 * Joins two replicas of one process: what one sends is handed to the other as it is. Thread-safe.
 */
public final class Pair implements AutoCloseable {
  private final End first;
  private final End second;
  private volatile boolean isOpen = true;

  /** Joins them. */
  public Pair(Replica one, String site, Replica other, String otherSite) {
    this.first = new End(otherSite, other);
    this.second = new End(site, one);
    first.back = second;
    second.back = first;
    one.attach(first);
    other.attach(second);
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
    private @org.jspecify.annotations.Nullable End back;

    End(String site, Replica peer) {
      this.site = site;
      this.peer = peer;
    }

    @Override
    public String site() {
      return site;
    }

    @Override
    public void send(byte[] message) throws IOException {
      requireOpen();
      peer.received(java.util.Objects.requireNonNull(back), message);
    }

    @Override
    public void sendBulk(byte[] message) throws IOException {
      requireOpen();
      peer.receivedBulk(message);
    }

    @Override
    public void abort(String reason) {
      close();
    }

    private void requireOpen() throws IOException {
      if (!isOpen) {
        throw new IOException("the replicas were parted");
      }
    }
  }
}
