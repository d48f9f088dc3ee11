// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The side of a link that dials: keeps a session up, and its streams. When a session is over it
 * opens another. Thread-safe.
 */
public final class LinkDialer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LinkDialer.class);

  private final LinkTransport transport;
  private final String address;
  private final LinkSettings settings;
  private final String site;
  private final Set<String> flows;
  private final LinkHandler handler;
  private final KmeshTime time;

  private @Nullable Session session; // guarded by this, as all below
  private @Nullable IOException failure;
  private boolean isChanged;
  private boolean isClosed;

  private LinkDialer(
      LinkTransport transport,
      String address,
      LinkSettings settings,
      String site,
      Set<String> flows,
      LinkHandler handler) {
    this.transport = transport;
    this.address = address;
    this.settings = settings;
    this.site = site;
    this.flows = Set.copyOf(flows);
    this.handler = handler;
    this.time = settings.time;
  }

  /**
   * Begins to dial.
   *
   * @param site whom to find there
   * @param flows the flows that it is about, which the other side decides on
   * @param handler handles all sessions, one after the other
   */
  public static LinkDialer start(
      LinkTransport transport,
      String address,
      LinkSettings settings,
      String site,
      Set<String> flows,
      LinkHandler handler) {
    LinkDialer dialer = new LinkDialer(transport, address, settings, site, flows, handler);
    KmeshThreads.start("link-dialer", dialer::run);
    return dialer;
  }

  /** The session, when there is one that is not over. Its link may be cut for a while. */
  public synchronized Optional<LinkSession> session() {
    return session == null || session.isOver() ? Optional.empty() : Optional.of(session);
  }

  /** Why the last try to dial failed; empty when it succeeded. */
  public synchronized Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * Waits for a session.
   *
   * @throws ProviderException when there is none in time, with the reason of the last try
   */
  public synchronized LinkSession awaitSession(Duration timeout)
      throws ProviderException, InterruptedException {
    long began = time.nanoTime();
    while (session == null || session.isOver()) {
      Duration left = timeout.minusNanos(time.nanoTime() - began);
      if (isClosed || left.isNegative() || left.isZero()) {
        throw new ProviderException(
            failure == null ? ErrorKind.TRANSIENT : ProviderException.kindOfRead(failure),
            "Cannot reach "
                + site
                + " at "
                + address
                + ": "
                + (isClosed
                    ? "this side was closed"
                    : failure == null ? "no answer yet" : failure.getMessage()),
            failure);
      }
      time.await(this, left);
    }
    return session;
  }

  private void run() {
    int tries = 0;
    int shortLived = 0;
    long opened = time.nanoTime() - settings.retryCap.toNanos();
    try {
      for (Session joined = next(); ; joined = next()) {
        if (joined == null && time.nanoTime() - opened < settings.retryCap.toNanos()) {
          pause(++shortLived); // sessions that end at once must not follow each other at once
        } else if (joined == null) {
          shortLived = 0;
        }
        try {
          dial(joined);
          if (joined == null) {
            opened = time.nanoTime();
          }
          tries = 0;
          told(null);
        } catch (IOException | RuntimeException e) {
          told(e instanceof IOException io ? io : new IOException(e));
          // While streams live, the peer's goodbye on one of them says more than this.
          if (joined != null && isUnknown(e) && joined.status().streams() == 0) {
            joined.end(new LinkEnd(Kind.PEER_RESTARTED, site + " does not know it"), Goodbye.NONE);
            tries = 0; // it answers: a new session need not wait
          } else {
            pause(++tries);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ClosedByUser e) {
      LOG.debug("The link to {} at {} was closed.", site, address);
    }
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof LinkRefusedException r && r.why() == Cause.UNKNOWN_SESSION;
  }

  /** Ends the thread. */
  private static final class ClosedByUser extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** Waits until something is to be dialled: a stream of that session, or null for a new one. */
  private synchronized @Nullable Session next() throws InterruptedException, ClosedByUser {
    while (true) {
      if (isClosed) {
        throw new ClosedByUser();
      }
      isChanged = false;
      Session current = session;
      if (current == null || current.isOver()) {
        return null;
      }
      if (current.isWanting()) {
        return current;
      }
      while (!isChanged) {
        wait();
      }
    }
  }

  private synchronized void told(@Nullable IOException why) {
    if (why != null
        && (failure == null || !String.valueOf(why.getMessage()).equals(failure.getMessage()))) {
      LOG.info("Cannot reach {} at {}: {}", site, address, why.getMessage());
    }
    failure = why;
    notifyAll();
  }

  /** Full jitter: who was cut off together must not come back together. */
  private synchronized void pause(int tries) throws InterruptedException {
    long cap = settings.retryCap.toNanos();
    long base = settings.retryBase.toNanos();
    int shift = Math.min(tries - 1, 40);
    long most = base > cap >> shift ? cap : base << shift;
    long end = time.nanoTime() + settings.jitter.nextLong(most + 1);
    for (long left = end - time.nanoTime(); left > 0 && !isClosed; left = end - time.nanoTime()) {
      time.await(this, Duration.ofNanos(left));
    }
  }

  private void dial(@Nullable Session joined) throws IOException {
    LinkConnection connection = transport.dial(address, site);
    boolean isKept = false;
    try (Greeting greeting = new Greeting(settings, connection)) {
      Hello.readCall(greeting.in);
      greeting.hello(flows, joined == null ? null : joined.ticket, 0).write(greeting.out);
      Hello theirs = Hello.read(greeting.in);
      LinkRefusedException refusal = theirs.refusal();
      if (refusal != null) {
        if (refusal.why() == Cause.VERSION) {
          greeting.hello(flows, null, 0).agree(theirs);
        }
        throw new LinkRefusedException(
            refusal.why(), "Cannot talk to " + site + ", which says: " + refusal.getMessage());
      }
      LinkPeer peer = greeting.peer(theirs, flows);
      isKept =
          joined == null
              ? open(greeting, theirs, peer)
              : joined.attach(theirs.stream(), connection, greeting.in, greeting.out);
    } finally {
      if (!isKept) {
        connection.close();
      }
    }
  }

  private boolean open(Greeting greeting, Hello theirs, LinkPeer peer) throws IOException {
    Ticket ticket = theirs.ticket();
    if (ticket == null || theirs.stream() < 1) {
      throw new LinkRefusedException(
          Cause.INVALID,
          "Cannot talk to " + site + ": it gave no session. Check that it is a Kmesh link.");
    }
    StreamTuner tuner = new StreamTuner(settings.firstStreams, settings.mostStreams);
    Session opened = new Session(settings, peer, theirs, ticket, handler, tuner, this::changed);
    synchronized (this) {
      if (isClosed) {
        return false;
      }
      Session before = session;
      session = opened;
      opened.start(before == null ? List.of() : List.of(before));
      notifyAll();
    }
    return opened.attach(theirs.stream(), greeting.connection, greeting.in, greeting.out);
  }

  private synchronized void changed() {
    isChanged = true;
    notifyAll();
  }

  /** Dials no more and closes the session. */
  @Override
  public void close() {
    Session last;
    synchronized (this) {
      isClosed = true;
      last = session;
      isChanged = true;
      notifyAll();
    }
    if (last != null) {
      last.close();
    }
  }
}
