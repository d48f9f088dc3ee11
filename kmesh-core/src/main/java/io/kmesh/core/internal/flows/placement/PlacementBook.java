// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.placement;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.placement.PlacementDecider;
import io.kmesh.core.internal.placement.PlacementJson;
import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.PlacementRules;
import io.kmesh.placement.Placements;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Facts and rules in the state. Thread-safe. */
public final class PlacementBook implements Placements {
  private static final RecordKey RULES = new RecordKey("placement", "rules");
  private static final RecordKey FACTS = new RecordKey("placement", "facts");

  private final StateStore state;
  private final KmeshTime time;
  private final Supplier<Optional<String>> self;

  /**
   * The facts and rules of a state.
   *
   * @param self this site's name; empty when it is not enrolled
   */
  public PlacementBook(StateStore state, KmeshTime time, Supplier<Optional<String>> self) {
    this.state = state;
    this.time = time;
    this.self = self;
  }

  @Override
  public PlacementRules rules() {
    try {
      Optional<StateRecord> record = state.find(RULES);
      return record.isEmpty()
          ? PlacementRules.NONE
          : PlacementJson.decodeRules("of this Kmesh", record.get().payload());
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void rules(PlacementRules rules) {
    keep(RULES, PlacementJson.FORMAT, SpecJson.encode(PlacementJson.write(rules)));
  }

  private void keep(RecordKey key, int format, byte[] payload) {
    try {
      state.apply(List.of(new StateChange.Put(key, "", format, payload, StateChange.ANY)));
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  private PlacementFacts read() {
    try {
      Optional<StateRecord> record = state.find(FACTS);
      return record.isEmpty() ? PlacementFacts.NONE : FactsJson.decode(record.get().payload());
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  private synchronized void change(UnaryOperator<PlacementFacts> change) {
    keep(FACTS, FactsJson.FORMAT, FactsJson.encode(change.apply(read())));
  }

  @Override
  public void here(UnaryOperator<Placement> facts) {
    Placement said = facts.apply(Placement.unknown(PlacementFacts.HERE));
    change(all -> all.withHere(said));
  }

  @Override
  public void site(String site, UnaryOperator<Placement> facts) {
    if (Optional.of(site).equals(self.get())) {
      here(facts);
      return;
    }
    Placement said;
    try {
      said = facts.apply(Placement.unknown(site));
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
    change(all -> all.withSite(site, said));
  }

  @Override
  public void endpoint(Endpoint tree, UnaryOperator<Placement> facts) {
    Placement said = facts.apply(Placement.unknown(PlacementFacts.nameOf(tree)));
    change(all -> all.withTree(tree, said));
  }

  @Override
  public Map<String, Placement> facts() {
    PlacementFacts read = read();
    Map<String, Placement> all = new LinkedHashMap<>();
    if (!read.here().equals(PlacementFacts.NONE.here())) {
      all.put(PlacementFacts.HERE, PlacementFacts.named(read.here(), name()));
    }
    all.putAll(read.sites());
    read.trees().forEach((tree, said) -> all.put(tree.toString(), said));
    return all;
  }

  private String name() {
    return self.get().orElse(PlacementFacts.HERE);
  }

  @Override
  public Placement of(Endpoint endpoint) {
    return read().of(endpoint, name());
  }

  /** What is known of another site, whatever tree of it is meant. */
  public Placement ofSite(String site) {
    return read().of(site);
  }

  @Override
  public PlacementDecision ask(Endpoint source, Endpoint target) {
    PlacementFacts read = read();
    String name = name();
    return decide(read.of(source, name), read.of(target, name));
  }

  /** What the rules say of data that go from one place to another. */
  PlacementDecision decide(Placement from, Placement to) {
    return PlacementDecider.decide(rules(), from, to, time.now());
  }
}
