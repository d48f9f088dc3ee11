// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.placement;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.FlowSpec;
import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Holds flows against the rules before they open a connection, and records what came of it first.
 * Thread-safe.
 */
public final class PlacementGate {
  private static final String DECISIONS = "flow.placement";
  private static final int MOST_KEPT = 100;

  private final PlacementBook book;
  private final StateStore state;
  private final Observers observers;

  /**
   * A gate.
   *
   * @param observers hear of each decision
   */
  public PlacementGate(PlacementBook book, StateStore state, Observers observers) {
    this.book = book;
    this.state = state;
    this.observers = observers;
  }

  /**
   * What is asked about.
   *
   * @param way the way of the flow's data
   * @param from where they are
   * @param to where they go
   */
  public record Route(Way way, Placement from, Placement to) {}

  /**
   * What was decided.
   *
   * @param way the way of the flow's data
   * @param decision whether they may take it
   */
  public record Decided(Way way, PlacementDecision decision) {
    /** Whether another one says the same, at another time. */
    private boolean isAgain(Decided other) {
      return other.way == way && other.decision.reason().equals(decision.reason());
    }
  }

  /** The way of a flow of this site, by what is said here of both ends. */
  public Route route(Way way, FlowSpec spec) {
    Placement source = book.of(spec.source());
    Placement target = book.of(spec.target());
    return way == Way.FORWARD ? new Route(way, source, target) : new Route(way, target, source);
  }

  /**
   * The way of a flow of another site, whose own word of itself does not count.
   *
   * @param isSource whether the tree is the flow's source, as the flow was made
   */
  public Route route(Way way, String site, Endpoint tree, boolean isSource) {
    Placement here = book.of(tree);
    Placement there = book.ofSite(site);
    return isSource == (way == Way.FORWARD)
        ? new Route(way, here, there)
        : new Route(way, there, here);
  }

  /**
   * Decides about each way and records it durably. What was decided before in the same words is
   * recorded with its new time, and not told again: a site that is refused asks again and again.
   *
   * @param flow the flow's id
   * @param name the flow's name, for people
   * @param verb what is wanted, such as {@code start}
   * @throws ProviderException DENIED when a rule forbids one of them
   */
  public synchronized void require(String flow, String name, String verb, List<Route> routes)
      throws IOException {
    List<Decided> now = new ArrayList<>();
    routes.forEach(r -> now.add(new Decided(r.way(), book.decide(r.from(), r.to()))));
    List<Decided> all = new ArrayList<>(kept(flow));
    List<Decided> told = now.stream().filter(one -> !all.removeIf(one::isAgain)).toList();
    all.addAll(now);
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey(DECISIONS, flow),
                "",
                FactsJson.FORMAT,
                FactsJson.encode(all.subList(Math.max(0, all.size() - MOST_KEPT), all.size())),
                StateChange.ANY)));
    told.forEach(one -> tell(name, one.decision()));
    for (Decided one : now) {
      if (!one.decision().isAllowed()) {
        throw new ProviderException(ErrorKind.DENIED, refusal(name, verb, one.decision()));
      }
    }
  }

  private void tell(String name, PlacementDecision decision) {
    observers.event(
        decision.isAllowed() ? Severity.INFO : Severity.WARNING,
        "flow.placement",
        name,
        decision.reason(),
        Map.of(
            "effect",
            decision.effect().name(),
            "rule",
            decision.rule().orElse(""),
            "from",
            decision.source().site(),
            "to",
            decision.target().site()));
  }

  private static String refusal(String name, String verb, PlacementDecision decision) {
    return "Cannot "
        + verb
        + " the data flow \""
        + name
        + "\": "
        + decision.reason()
        + " Choose other ends, or change what is said of them or the rules"
        + " (kmesh.placement(), kmesh site facts, kmesh site rules).";
  }

  private List<Decided> kept(String flow) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(DECISIONS, flow));
    return record.isEmpty() ? List.of() : FactsJson.decisions(flow, record.get().payload());
  }

  /** What was decided about a flow last, of each way that was ever asked about. */
  public Map<Way, PlacementDecision> last(String flow) {
    Map<Way, PlacementDecision> last = new EnumMap<>(Way.class);
    try {
      kept(flow).forEach(one -> last.put(one.way(), one.decision()));
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
    return last;
  }

  /** Forgets the decisions of a flow that is deleted. */
  public void forget(String flow) throws IOException {
    state.apply(List.of(new StateChange.Delete(new RecordKey(DECISIONS, flow), StateChange.ANY)));
  }
}
