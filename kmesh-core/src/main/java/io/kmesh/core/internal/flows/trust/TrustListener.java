// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where sites reach their authority. A few connections at a time, each a short one; an address that
 * connects too often is not heard. Thread-safe.
 */
public final class TrustListener implements AutoCloseable {
  /** The longest that a connection lasts, however slowly its peer speaks. */
  static final Duration LONGEST = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(TrustListener.class);
  private static final int THREADS = 8;
  private static final int WAITING = 32;
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final ServerSocket socket;
  private final TrustService service;
  private final KmeshTime time;
  private final Observers observers;
  private final AttemptLimit limit;
  private final ThreadPoolExecutor pool = KmeshThreads.bounded("trust", THREADS, WAITING);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private TrustListener(
      ServerSocket socket, TrustService service, KmeshTime time, Observers observers) {
    this.socket = socket;
    this.service = service;
    this.time = time;
    this.observers = observers;
    this.limit = new AttemptLimit(time);
  }

  static TrustListener start(
      InetSocketAddress address, TrustService service, KmeshTime time, Observers observers)
      throws IOException {
    ServerSocket socket = PatientSocket.listener();
    try {
      socket.bind(address, WAITING);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    TrustListener listener = new TrustListener(socket, service, time, observers);
    KmeshThreads.start("trust-listener", listener::accept);
    return listener;
  }

  /** Where it listens, with the port that the system chose. */
  public InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connected = socket.accept();
        open.add(connected);
        if (!limit.take(connected.getInetAddress())) {
          observers.count("trust.connections.limited", 1);
          drop(connected);
        } else {
          hand(connected);
        }
      } catch (IOException e) {
        if (!socket.isClosed()) {
          LOG.warn("A site could not reach its authority.", e);
        }
      }
    }
  }

  private void hand(Socket connected) {
    try {
      pool.execute(() -> serve(connected));
    } catch (RejectedExecutionException e) {
      observers.count("trust.connections.limited", 1);
      drop(connected);
    }
  }

  private void serve(Socket connected) {
    KmeshTime.Timer end = time.schedule(LONGEST, () -> drop(connected));
    try {
      connected.setSoTimeout((int) LONGEST.toMillis());
      service.serve(connected);
    } catch (IOException | RuntimeException e) {
      LOG.warn("A site was not served.", e);
    } finally {
      end.cancel();
      drop(connected);
    }
  }

  private void drop(Socket connected) {
    open.remove(connected);
    try {
      if (connected instanceof PatientSocket patient) {
        patient.abort();
      } else {
        connected.close();
      }
    } catch (IOException e) {
      LOG.debug("A connection did not close.", e);
    }
  }

  /** Stops listening, and ends the connections. */
  @Override
  public void close() throws IOException {
    socket.close();
    pool.shutdown();
    open.forEach(this::drop);
    if (!KmeshThreads.awaitEnd(pool, CLOSING)) {
      LOG.warn("A site is still served after {}.", CLOSING);
    }
  }
}
