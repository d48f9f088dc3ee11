// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which values of one fact are meant. Immutable.
 *
 * @param kind how the names are meant
 * @param names the names, sorted; empty for {@link Kind#ANY}, else 1 to 1,000
 */
public record PlacementNames(Kind kind, Set<String> names) {
  /** Every value, one that is not known too. */
  public static final PlacementNames ANY = new PlacementNames(Kind.ANY, Set.of());

  private static final int MOST = 1000;

  /** How names are meant. */
  public enum Kind {
    /** Every value. */
    ANY,
    /** One of the names. */
    IN,
    /** Any but the names. */
    OUTSIDE
  }

  /** Copies and sorts the names. */
  public PlacementNames {
    names = Collections.unmodifiableSet(new TreeSet<>(names));
    if (names.size() > MOST || (kind == Kind.ANY) != names.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot match "
              + kind
              + " with "
              + names.size()
              + " names: give none for ANY, else 1 to "
              + MOST
              + ".");
    }
    names.forEach(name -> Placement.requireWord("name in a placement rule", name));
  }

  /** One of these. */
  public static PlacementNames in(String... names) {
    return new PlacementNames(Kind.IN, new TreeSet<>(List.of(names)));
  }

  /** Any but these. */
  public static PlacementNames outside(String... names) {
    return new PlacementNames(Kind.OUTSIDE, new TreeSet<>(List.of(names)));
  }
}
