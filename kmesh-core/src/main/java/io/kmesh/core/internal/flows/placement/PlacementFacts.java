// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.placement;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.Overlaps;
import io.kmesh.placement.Placement;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the owner of this Kmesh said of places. Immutable.
 *
 * @param here of this site
 * @param sites of others, by name
 * @param trees of endpoints
 */
record PlacementFacts(
    Placement here, Map<String, Placement> sites, Map<Endpoint, Placement> trees) {
  /** How this site is called where it is not enrolled. */
  static final String HERE = "here";

  /** Nothing was said. */
  static final PlacementFacts NONE =
      new PlacementFacts(Placement.unknown(HERE), Map.of(), Map.of());

  private static final int LONGEST_NAME = 128;

  PlacementFacts {
    sites = Collections.unmodifiableMap(new TreeMap<>(sites));
    Map<Endpoint, Placement> sorted = new LinkedHashMap<>();
    trees.entrySet().stream()
        .sorted(Comparator.comparing(said -> said.getKey().toString()))
        .forEach(said -> sorted.put(said.getKey(), said.getValue()));
    trees = Collections.unmodifiableMap(sorted);
  }

  PlacementFacts withHere(Placement said) {
    return new PlacementFacts(named(said, HERE), sites, trees);
  }

  PlacementFacts withSite(String site, Placement said) {
    Map<String, Placement> next = new TreeMap<>(sites);
    put(next, site, named(said, site));
    return new PlacementFacts(here, next, trees);
  }

  PlacementFacts withTree(Endpoint tree, Placement said) {
    Map<Endpoint, Placement> next = new HashMap<>(trees);
    put(next, tree, named(said, nameOf(tree)));
    return new PlacementFacts(here, sites, next);
  }

  private static <K> void put(Map<K, Placement> all, K key, Placement said) {
    if (said.equals(Placement.unknown(said.site()))) {
      all.remove(key);
    } else {
      all.put(key, said);
    }
  }

  /** The facts under another name. */
  static Placement named(Placement said, String name) {
    return new Placement(name, said.countryOrNull(), said.providerOrNull(), said.keyOwnerOrNull());
  }

  /** How an endpoint is called in decisions. */
  static String nameOf(Endpoint endpoint) {
    String name = endpoint.toString().replaceAll("\\p{C}", "?");
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
  }

  /** What is known of another site. */
  Placement of(String site) {
    return sites.getOrDefault(site, Placement.unknown(site));
  }

  /**
   * What is known of an endpoint: by the innermost tree that it is in, else by its site.
   *
   * @param self how this site is called
   */
  Placement of(Endpoint endpoint, String self) {
    Endpoint asked = Overlaps.real(endpoint);
    Placement found = null;
    Endpoint innermost = null;
    for (Map.Entry<Endpoint, Placement> said : trees.entrySet()) {
      Endpoint there = Overlaps.real(said.getKey());
      if (Overlaps.isWithin(asked, there)
          && (innermost == null || Overlaps.isWithin(there, innermost))) {
        innermost = there;
        found = said.getValue();
      }
    }
    if (found != null) {
      return found;
    }
    return endpoint instanceof Endpoint.SitePath remote ? of(remote.site()) : named(here, self);
  }
}
