// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.trust.PeerIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A transport whose connections die after so many bytes written, as a plan says. */
final class CuttingTransport implements LinkTransport {
  private final LinkTransport below;
  private final LongSupplier plan;
  private final List<Cuttable> connections = new ArrayList<>(); // guarded by itself
  private volatile boolean isDown;
  final AtomicLong written = new AtomicLong();

  /** Each new connection's dialling side asks the plan after how many bytes to die. */
  CuttingTransport(LinkTransport below, LongSupplier plan) {
    this.below = below;
    this.plan = plan;
  }

  @Override
  public LinkConnection dial(String address, String site) throws IOException {
    if (isDown) {
      throw new ConnectException("the link is cut");
    }
    Cuttable connection = new Cuttable(below.dial(address, site), plan.getAsLong());
    synchronized (connections) {
      connections.add(connection);
    }
    if (isDown) {
      connection.close();
      throw new ConnectException("the link was cut just now");
    }
    return connection;
  }

  @Override
  public Listener listen(String address, Acceptor acceptor) throws IOException {
    return below.listen(address, acceptor);
  }

  /** Cuts all that there is, and lets nothing new come until told. */
  void cut() {
    isDown = true;
    cutAll();
  }

  void cutAll() {
    List<Cuttable> all;
    synchronized (connections) {
      all = List.copyOf(connections);
      connections.clear();
    }
    all.forEach(LinkConnection::close);
  }

  /** From now on all that a connection's dialling side writes vanishes. */
  void swallow(int number) {
    synchronized (connections) {
      connections.get(number).isSwallowing = true;
    }
  }

  void restore() {
    isDown = false;
  }

  /** Both directions count together. */
  private final class Cuttable implements LinkConnection {
    private final LinkConnection below;
    private final AtomicLong left;
    private volatile boolean isSwallowing;

    Cuttable(LinkConnection below, long left) {
      this.below = below;
      this.left = new AtomicLong(left);
    }

    /** How many of so many bytes may pass. */
    private int pass(int length) {
      long before = left.getAndAdd(-length);
      return before >= length ? length : (int) Math.max(before, 0);
    }

    @Override
    public InputStream input() {
      InputStream in = below.input();
      return new InputStream() {
        @Override
        public int read() throws IOException {
          throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
          int some = in.read(into, offset, length);
          if (some > 0 && pass(some) < some) {
            below.close();
            throw new IOException("cut while it was read");
          }
          return some;
        }
      };
    }

    @Override
    public OutputStream output() {
      OutputStream out = below.output();
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          throw new UnsupportedOperationException();
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          if (isSwallowing) {
            return;
          }
          int some = pass(length);
          out.write(bytes, offset, some);
          written.addAndGet(some);
          if (some < length) {
            below.close();
            throw new IOException("cut while it was written");
          }
        }

        @Override
        public void flush() throws IOException {
          out.flush();
        }
      };
    }

    @Override
    public PeerIdentity peer() {
      return below.peer();
    }

    @Override
    public long bytesIn() {
      return below.bytesIn();
    }

    @Override
    public long bytesOut() {
      return below.bytesOut();
    }

    @Override
    public void close() {
      below.close();
    }
  }
}
