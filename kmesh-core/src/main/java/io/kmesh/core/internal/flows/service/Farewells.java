// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.service.FarewellJson.Farewell;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.flows.FlowProblem;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells sites of flows that were deleted while they were away, until each has heard it: else what
 * they keep of such a flow would stand in the way of others there. Thread-safe.
 */
final class Farewells implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Farewells.class);
  private static final String KIND = "flow.farewell";
  private static final int MOST = 10_000;
  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Users wait so long when a flow is deleted; it is asked again anyway. */
  private static final Duration SHORT = Duration.ofSeconds(5);

  private final StateStore state;
  private final SiteLinks links;
  private final KmeshTime time;
  private final ThreadPoolExecutor worker =
      KmeshThreads.pool("flow-farewell", 1, new LinkedBlockingQueue<>());
  private boolean isClosed; // guarded by this, as the next
  private KmeshTime.@Nullable Timer timer;

  Farewells(StateStore state, SiteLinks links, KmeshTime time) {
    this.state = state;
    this.links = links;
    this.time = time;
  }

  /** What is written with the removal of a flow of which a site was not told. */
  static StateChange keep(String flow, Farewell farewell) {
    return new StateChange.Put(
        new RecordKey(KIND, flow),
        "",
        FarewellJson.FORMAT,
        FarewellJson.encode(farewell),
        StateChange.ANY);
  }

  /**
   * Tells a site now, which need not have joined the flow.
   *
   * @return what stays there; empty when its build can't hear it
   * @throws IOException when it is not reached, or fails
   */
  Optional<List<FlowProblem>> tell(String flow, String site) throws IOException {
    Optional<ObjectNode> answer =
        SingleQuestion.ask(Question.LEAVE, Capability.FAREWELL, flow, site, links, SHORT, time);
    return answer.map(body -> RemainsJson.read(site, body));
  }

  /** Begins to tell those that wait, and goes on once a minute while there are some. */
  synchronized void begin() throws IOException {
    if (!isClosed && timer == null && !state.scan(KIND, "", "", 1).isEmpty()) {
      timer = time.schedule(Duration.ZERO, this::due);
    }
  }

  private void due() {
    try {
      worker.execute(this::round);
    } catch (RejectedExecutionException e) {
      LOG.debug("No site is told of deleted flows any more: this one closes.", e);
    }
  }

  private void round() {
    boolean isLeft = true;
    try {
      isLeft = tellAll();
    } catch (IOException e) {
      LOG.warn("Other sites are not told of deleted flows: {}", e.getMessage());
    }
    synchronized (this) {
      timer = isLeft && !isClosed ? time.schedule(PAUSE, this::due) : null;
    }
  }

  /** Whether some are left. */
  private boolean tellAll() throws IOException {
    Map<String, Farewell> all = all();
    Set<String> away = new HashSet<>(); // one that was not reached is not dialled for each flow
    int left = all.size();
    for (Map.Entry<String, Farewell> one : all.entrySet()) {
      String site = one.getValue().site();
      if (!isOpen()) {
        return false;
      }
      if (links.isRevoked(site) || (!away.contains(site) && isTold(one.getKey(), site, away))) {
        state.apply(
            List.of(new StateChange.Delete(new RecordKey(KIND, one.getKey()), StateChange.ANY)));
        left--;
      }
    }
    return left > 0;
  }

  private boolean isTold(String flow, String site, Set<String> away) {
    try {
      Optional<List<FlowProblem>> kept = tell(flow, site);
      kept.ifPresent(
          all ->
              all.forEach(
                  one -> LOG.info("Of a deleted flow {} stays: {}", one.path(), one.reason())));
      return kept.isPresent();
    } catch (IOException e) {
      LOG.debug("{} was not told of the deleted flow {}.", site, flow, e);
      away.add(site);
      return false;
    }
  }

  /** What can't be read stays for the build that wrote it. */
  private Map<String, Farewell> all() throws IOException {
    Map<String, Farewell> all = new TreeMap<>();
    for (StateRecord one : state.scan(KIND, "", "", MOST)) {
      try {
        all.put(one.key().id(), FarewellJson.decode(one.key().id(), one.payload()));
      } catch (IOException e) {
        LOG.debug("A site is not told of a deleted flow.", e);
      }
    }
    return all;
  }

  private synchronized boolean isOpen() {
    return !isClosed;
  }

  @Override
  public void close() {
    synchronized (this) {
      isClosed = true;
      if (timer != null) {
        timer.cancel();
      }
    }
    worker.shutdownNow();
    KmeshThreads.awaitEnd(worker, LIMIT);
  }
}
