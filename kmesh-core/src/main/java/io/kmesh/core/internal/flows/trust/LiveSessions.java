// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that are open, and whether their peers may still speak: looked at when the list of
 * revoked certificates is changed here, and every {@link #INTERVAL} for what other processes
 * change. Thread-safe.
 */
final class LiveSessions {
  /** The longest time until a session hears that its peer was revoked by another process. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(LiveSessions.class);

  private final StoredTrust stored;
  private final KmeshTime time;
  private final Set<Session> sessions = new LinkedHashSet<>();
  private KmeshTime.@Nullable Timer timer;

  LiveSessions(StoredTrust stored, KmeshTime time) {
    this.stored = stored;
    this.time = time;
  }

  private static final class Session {
    private final PeerIdentity peer;
    private final Consumer<String> ended;

    private Session(PeerIdentity peer, Consumer<String> ended) {
      this.peer = peer;
      this.ended = ended;
    }
  }

  LinkTrust.Watch add(PeerIdentity peer, Consumer<String> ended) {
    Session session = new Session(peer, ended);
    synchronized (this) {
      sessions.add(session);
      if (timer == null) {
        timer = time.schedule(INTERVAL, this::tick);
      }
    }
    // The list may have changed between the handshake and now.
    check();
    return () -> remove(session);
  }

  private synchronized void remove(Session session) {
    sessions.remove(session);
    if (sessions.isEmpty() && timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void tick() {
    check();
    synchronized (this) {
      timer = sessions.isEmpty() ? null : time.schedule(INTERVAL, this::tick);
    }
  }

  /** Tells those sessions whose peers may not speak any more; each is told once. */
  void check() {
    RevocationList list;
    try {
      list = stored.revocations();
    } catch (IOException e) {
      LOG.warn("The sessions are not checked against the list of revoked certificates.", e);
      return;
    }
    Instant now = time.now();
    List<Runnable> calls = new ArrayList<>();
    synchronized (this) {
      for (Iterator<Session> all = sessions.iterator(); all.hasNext(); ) {
        Session session = all.next();
        String reason = reason(session.peer, list, now);
        if (reason != null) {
          all.remove();
          calls.add(() -> session.ended.accept(reason));
        }
      }
    }
    for (Runnable call : calls) {
      try {
        call.run();
      } catch (RuntimeException e) {
        LOG.error("A session did not take that its peer may not speak any more.", e);
      }
    }
  }

  private static @Nullable String reason(PeerIdentity peer, RevocationList list, Instant now) {
    if (list.isRevoked(peer.serial())) {
      return "the certificate of the site "
          + peer.site()
          + " was revoked (list "
          + list.version()
          + ")";
    }
    if (now.isAfter(peer.expires().plus(PeerCheck.SKEW))) {
      return "the certificate of the site " + peer.site() + " expired at " + peer.expires();
    }
    return null;
  }
}
