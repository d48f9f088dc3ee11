// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The side of links that listens. Thread-safe. */
public final class LinkServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LinkServer.class);
  private static final int MOST_SESSIONS = 1024;

  private final LinkSettings settings;
  private final Admission admission;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Session> sessions = new LinkedHashMap<>(); // guarded by itself
  private boolean isClosed; // guarded by sessions
  private LinkTransport.@Nullable Listener listener;

  /** Decides on who may open a session. */
  @FunctionalInterface
  public interface Admission {
    /**
     * Decides on a peer, whose name is proven.
     *
     * @return what handles the session
     * @throws LinkRefusedException when it may not; it is told the message
     */
    LinkHandler admit(LinkPeer peer) throws LinkRefusedException;
  }

  private LinkServer(LinkSettings settings, Admission admission) {
    this.settings = settings;
    this.admission = admission;
  }

  /**
   * Begins to listen.
   *
   * @throws IOException when the address can't be listened on
   */
  public static LinkServer start(
      LinkTransport transport, String address, LinkSettings settings, Admission admission)
      throws IOException {
    LinkServer server = new LinkServer(settings, admission);
    server.listener = transport.listen(address, server::accepted);
    return server;
  }

  /** Where it listens; a port that the system chose is in it. */
  public String address() {
    return listener == null ? "" : listener.address();
  }

  /** The sessions that are not over. */
  public List<LinkSession> sessions() {
    synchronized (sessions) {
      return List.copyOf(sessions.values().stream().filter(s -> !s.isOver()).toList());
    }
  }

  private void accepted(LinkConnection connection) {
    boolean isKept = false;
    try (Greeting greeting = new Greeting(settings, connection)) {
      isKept = greet(greeting);
    } catch (IOException | RuntimeException e) {
      LOG.debug("A connection from {} ended in its greeting.", connection.peer(), e);
    } finally {
      if (!isKept) {
        connection.close();
      }
    }
  }

  private boolean greet(Greeting greeting) throws IOException {
    Session session;
    Ticket news = null;
    int number;
    Hello.call(settings.leastVersion, settings.mostVersion, greeting.out);
    try {
      Hello theirs = Hello.read(greeting.in);
      LinkPeer peer = greeting.peer(theirs, theirs.flows());
      Ticket ticket = theirs.ticket();
      if (ticket == null) {
        session = open(theirs, peer);
        news = session.ticket;
      } else {
        session = join(ticket, peer);
      }
      number = session.nextNumber();
    } catch (LinkRefusedException e) {
      LOG.info("Refused {}: {}", greeting.connection.peer().site(), e.getMessage());
      Hello.refusal(settings.leastVersion, settings.mostVersion, e).write(greeting.out);
      return false;
    }
    greeting.hello(Set.of(), news, number).write(greeting.out);
    return session.attach(number, greeting.connection, greeting.in, greeting.out);
  }

  private Session open(Hello theirs, LinkPeer peer) throws LinkRefusedException {
    LinkHandler handler = admission.admit(peer);
    Ticket ticket = new Ticket(HexFormat.of().formatHex(bytes(16)), bytes(Ticket.TOKEN_BYTES));
    Session session = new Session(settings, peer, theirs, ticket, handler, null, this::sweep);
    List<Session> replaced = new ArrayList<>();
    synchronized (sessions) {
      if (isClosed || sessions.size() >= MOST_SESSIONS) {
        throw new LinkRefusedException(
            Cause.BUSY,
            "Cannot open a session: "
                + settings.site
                + (isClosed ? " is closing" : " has " + MOST_SESSIONS + " of them")
                + ". Try again later.");
      }
      for (Session other : sessions.values()) {
        if (isSame(other.peer(), peer)) {
          replaced.add(other);
        }
      }
      sessions.put(ticket.session(), session);
    }
    replaced.forEach(other -> replace(other, peer));
    session.start(replaced);
    return session;
  }

  /** Whether two sessions are about the same. */
  private static boolean isSame(LinkPeer one, LinkPeer other) {
    return one.site().equals(other.site())
        && (one.flows().equals(other.flows()) || !Collections.disjoint(one.flows(), other.flows()));
  }

  private static void replace(Session session, LinkPeer peer) {
    if (session.peer().instance().equals(peer.instance())) {
      session.end(new LinkEnd(Kind.REPLACED, peer.site() + " opened another"), Goodbye.REPLACED);
    } else {
      session.end(
          new LinkEnd(Kind.PEER_RESTARTED, peer.site() + " was started anew"), Goodbye.REPLACED);
    }
  }

  /** One answer to all that is wrong, so that nobody learns which sessions there are. */
  private Session join(Ticket ticket, LinkPeer peer) throws LinkRefusedException {
    Session session;
    synchronized (sessions) {
      session = sessions.get(ticket.session());
    }
    if (session == null
        || !session.ticket.opens(ticket)
        || session.isOver()
        || !session.peer().site().equals(peer.site())
        || !session.peer().fingerprint().equals(peer.fingerprint())
        || !session.peer().instance().equals(peer.instance())) {
      throw new LinkRefusedException(
          Cause.UNKNOWN_SESSION,
          "Cannot join the session: "
              + settings.site
              + " does not know it. It was started anew, or gave the session up; open a new one.");
    }
    if (session.isFull()) {
      throw new LinkRefusedException(
          Cause.BUSY,
          "Cannot add a stream: the session has " + session.status().streams() + ". Use fewer.");
    }
    return session;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void sweep() {
    synchronized (sessions) {
      sessions.values().removeIf(Session::isGone);
    }
  }

  /** Listens no more and closes all sessions. */
  @Override
  public void close() {
    List<Session> all;
    synchronized (sessions) {
      isClosed = true;
      all = List.copyOf(sessions.values());
    }
    if (listener != null) {
      listener.close();
    }
    all.forEach(Session::close);
  }
}
