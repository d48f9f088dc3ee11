// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.trust.PeerIdentity;
import io.kmesh.core.internal.time.KmeshThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connects sites within one process. Nothing is encrypted, since nothing leaves the process.
 * Thread-safe.
 */
public final class MemoryTransport implements LinkTransport {
  /** Where the listeners of one process are. Thread-safe. */
  public static final class Network {
    private final Map<String, Listening> listeners = new ConcurrentHashMap<>();

    /** An empty network. */
    public Network() {}

    /** A transport of a site, whose name is taken as proven. */
    public LinkTransport site(PeerIdentity self) {
      return new MemoryTransport(this, self);
    }
  }

  private record Listening(PeerIdentity self, Acceptor acceptor) {}

  private final Network network;
  private final PeerIdentity self;

  private MemoryTransport(Network network, PeerIdentity self) {
    this.network = network;
    this.self = self;
  }

  @Override
  public LinkConnection dial(String address, String site) throws IOException {
    Listening listening = network.listeners.get(address);
    if (listening == null) {
      throw new ConnectException("nobody listens at " + address + " in this process");
    }
    if (!listening.self.site().equals(site)) {
      throw new ConnectException(listening.self.site() + " is at " + address + ", not " + site);
    }
    MemoryPipe out = new MemoryPipe();
    MemoryPipe in = new MemoryPipe();
    Connection theirs = new Connection(self, out, in);
    KmeshThreads.start("link-greeting", () -> listening.acceptor.accepted(theirs));
    return new Connection(listening.self, in, out);
  }

  @Override
  public Listener listen(String address, Acceptor acceptor) throws IOException {
    Listening listening = new Listening(self, acceptor);
    if (network.listeners.putIfAbsent(address, listening) != null) {
      throw new IOException("somebody listens at " + address + " in this process already");
    }
    return new Listener() {
      @Override
      public String address() {
        return address;
      }

      @Override
      public void close() {
        network.listeners.remove(address, listening);
      }
    };
  }

  private record Connection(PeerIdentity peer, MemoryPipe from, MemoryPipe to)
      implements LinkConnection {
    @Override
    public InputStream input() {
      return from.input();
    }

    @Override
    public OutputStream output() {
      return to.output();
    }

    @Override
    public long bytesIn() {
      return from.read();
    }

    @Override
    public long bytesOut() {
      return to.written();
    }

    @Override
    public void close() {
      from.close();
      to.close();
    }
  }
}
