// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The engine's part of one session, at the site that was asked to join: the other side may speak as
 * soon as it has the answer, which is before this side goes on. Thread-safe.
 */
public final class JoinedEngine {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String site;
  private final KmeshTime time;
  private @Nullable FlowEnd end; // guarded by this, as all below
  private @Nullable ReplicaLink engine;
  private boolean isJoining;
  private boolean isLost;

  /**
   * Of a session.
   *
   * @param site the other side
   */
  public JoinedEngine(String site, KmeshTime time) {
    this.site = site;
    this.time = time;
  }

  /** An end is about to be attached: who needs it waits. */
  public synchronized void joining() {
    isJoining = true;
  }

  /** Hands the session to an end's engine, once, unless it is over. */
  public void attach(LinkSession session, FlowEnd joined) {
    ReplicaLink way = new ReplicaLink(joined.replica());
    synchronized (this) {
      if (isLost || engine != null) {
        return;
      }
      end = joined;
      engine = way;
      // Within the lock: a loss that comes now finds it.
      way.opened(session);
      notifyAll();
    }
  }

  private void awaitJoined() throws InterruptedException {
    long until = time.nanoTime() + PATIENCE.toNanos();
    while (isJoining && engine == null && until - time.nanoTime() > 0) {
      time.await(this, Duration.ofNanos(until - time.nanoTime()));
    }
  }

  private synchronized ReplicaLink requireEngine() throws ProviderException, InterruptedException {
    awaitJoined();
    if (engine == null) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot take a message of " + site + ": it did not join first.");
    }
    return engine;
  }

  /** The end that was attached. */
  public synchronized FlowEnd requireEnd() throws ProviderException, InterruptedException {
    awaitJoined();
    if (end == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION, "Cannot be asked about a flow that was not joined first.");
    }
    return end;
  }

  /** An ordered message of the engine's. */
  public void message(LinkSession session, byte[] message) throws Exception {
    requireEngine().message(session, message);
  }

  /** A bulk message. */
  public void bulk(LinkSession session, byte[] message) throws Exception {
    requireEngine().bulk(session, message);
  }

  /** The session is over. */
  public void lost(LinkSession session, LinkEnd why) {
    ReplicaLink joined;
    synchronized (this) {
      isLost = true;
      joined = engine;
    }
    if (joined != null) {
      joined.lost(session, why);
    }
  }
}
