// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.trust.LinkTls;
import io.kmesh.core.internal.flows.trust.LinkTrust;
import io.kmesh.core.internal.flows.trust.PeerIdentity;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TCP under TLS 1.3, with certificates of both sides. Addresses are {@code host:port} or {@code
 * [v6]:port}; port 0 lets the system choose where one listens. Thread-safe.
 */
public final class TcpTransport implements LinkTransport {
  private static final Logger LOG = LoggerFactory.getLogger(TcpTransport.class);
  private static final int BACKLOG = 128;
  private static final int MOST_GREETINGS = 64;
  private static final int MOST_ADDRESSES = 5; // which share the time
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final KmeshTime time;
  private final LinkTrust trust;
  private final Predicate<String> allowed;
  private final SocketTuning tuning;
  private final int bufferBytes;
  private final Names names;

  /** The addresses of a host, in the order in which they are tried. */
  @FunctionalInterface
  interface Names {
    /** Its addresses, at least one. */
    List<InetAddress> of(String host) throws UnknownHostException;
  }

  /**
   * A transport.
   *
   * @param trust this side's certificate, and whom it trusts
   * @param allowed the sites that may come in; must not wait
   * @param tuning tunes each socket
   * @param bufferBytes the kernel's buffers for each socket and direction; 0 lets the kernel choose
   *     as it goes, which is best where its limits allow the path's bandwidth times its delay
   */
  public TcpTransport(
      KmeshTime time,
      LinkTrust trust,
      Predicate<String> allowed,
      SocketTuning tuning,
      int bufferBytes) {
    this(time, trust, allowed, tuning, bufferBytes, h -> List.of(InetAddress.getAllByName(h)));
  }

  TcpTransport(
      KmeshTime time,
      LinkTrust trust,
      Predicate<String> allowed,
      SocketTuning tuning,
      int bufferBytes,
      Names names) {
    this.names = names;
    this.time = time;
    this.trust = trust;
    this.allowed = allowed;
    this.tuning = tuning;
    this.bufferBytes = bufferBytes;
  }

  @Override
  public LinkConnection dial(String address, String site) throws IOException {
    InetSocketAddress to = parse(address);
    LinkTls tls = trust.opening(site);
    LinkSocket socket = connected(to, address);
    try {
      tuning.tune(socket);
      return secured(socket, tls);
    } catch (IOException | RuntimeException e) {
      socket.abort();
      throw e;
    }
  }

  /** Connects to the first address that answers: one that is out of order hides no other. */
  private LinkSocket connected(InetSocketAddress to, String address) throws IOException {
    List<InetAddress> all;
    try {
      all = names.of(to.getHostString());
    } catch (UnknownHostException e) {
      throw new IOException("the name of " + address + " is not known here", e);
    }
    List<InetAddress> tried = all.subList(0, Math.min(all.size(), MOST_ADDRESSES));
    int each = Math.toIntExact(PATIENCE.dividedBy(Math.max(tried.size(), 1)).toMillis());
    StringJoiner reasons = new StringJoiner("; ");
    IOException first = null;
    for (InetAddress one : tried) {
      LinkSocket socket = new LinkSocket();
      try {
        prepare(socket);
        socket.connect(new InetSocketAddress(one, to.getPort()), each);
        return socket;
      } catch (IOException e) {
        socket.abort();
        reasons.add(one.getHostAddress() + ": " + e.getMessage());
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (tried.size() == 1 && first != null) {
      throw first;
    }
    throw new IOException("none of its addresses answers: " + reasons, first);
  }

  private LinkConnection secured(LinkSocket socket, LinkTls tls) throws IOException {
    KmeshTime.Timer timer = time.schedule(PATIENCE, socket::abort);
    try {
      SSLSocket sealed = tls.over(socket);
      sealed.startHandshake();
      PeerIdentity peer = tls.peer(sealed.getSession());
      socket.handshakeDone();
      TlsConnection connection = new TlsConnection(socket, sealed, tls, peer);
      connection.watch(trust);
      return connection;
    } catch (IOException e) {
      throw tls.refusal(e);
    } finally {
      timer.cancel();
    }
  }

  private void prepare(Socket socket) throws IOException {
    if (bufferBytes > 0) {
      socket.setReceiveBufferSize(bufferBytes);
      socket.setSendBufferSize(bufferBytes);
    }
    socket.setTcpNoDelay(true);
  }

  @Override
  public Listener listen(String address, Acceptor acceptor) throws IOException {
    InetSocketAddress named = parse(address);
    InetSocketAddress at = new InetSocketAddress(named.getHostString(), named.getPort());
    ServerSocket server =
        new ServerSocket() {
          @Override
          public Socket accept() throws IOException {
            Socket socket = new LinkSocket();
            implAccept(socket);
            return socket;
          }
        };
    try {
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      if (bufferBytes > 0) {
        server.setReceiveBufferSize(bufferBytes);
      }
      server.bind(at, BACKLOG);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    KmeshThreads.start("link-acceptor", () -> accept(server, acceptor));
    return new Listener() {
      @Override
      public String address() {
        InetAddress bound = server.getInetAddress();
        return print(bound.isAnyLocalAddress() ? at.getHostString() : bound.getHostAddress())
            + ":"
            + server.getLocalPort();
      }

      @Override
      public void close() {
        try {
          server.close();
        } catch (IOException e) {
          LOG.debug("Closing the listener at {} failed.", at, e);
        }
      }
    };
  }

  private static String print(String host) {
    return host.indexOf(':') < 0 ? host : "[" + host + "]";
  }

  private void accept(ServerSocket server, Acceptor acceptor) {
    Semaphore greetings = new Semaphore(MOST_GREETINGS);
    int failures = 0;
    while (!server.isClosed()) {
      try {
        LinkSocket socket = (LinkSocket) server.accept();
        failures = 0;
        if (!greetings.tryAcquire()) {
          LOG.debug("Too many greetings at once: {} was turned away.", socket);
          socket.abort();
          continue;
        }
        KmeshThreads.start("link-greeting", () -> greet(socket, acceptor, greetings));
      } catch (IOException | RuntimeException | Error e) {
        if (!server.isClosed()) {
          LOG.warn("Cannot accept a connection at {}: {}", server, e.toString());
          pause(++failures);
        }
      }
    }
  }

  /** When the system has no descriptors left, trying at once again only burns the processor. */
  private void pause(int failures) {
    try {
      time.sleep(Duration.ofMillis(Math.min(failures * 10L, 1000)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void greet(LinkSocket socket, Acceptor acceptor, Semaphore greetings) {
    try {
      prepare(socket);
      tuning.tune(socket);
      acceptor.accepted(secured(socket, trust.accepting(allowed)));
    } catch (IOException | RuntimeException e) {
      LOG.info("Turned {} away: {}", socket.getRemoteSocketAddress(), e.toString());
      socket.abort();
    } finally {
      greetings.release();
    }
  }

  private static InetSocketAddress parse(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      String host = address.substring(0, Math.max(colon, 0));
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      if (colon > 0 && port >= 0 && port <= 0xffff) {
        return InetSocketAddress.createUnresolved(host, port);
      }
    } catch (NumberFormatException e) {
      LOG.trace("{} has no port.", address);
    }
    throw new IOException("the address " + address + " is none. Write host:port");
  }
}
