// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

/**
 * Which sites a rule means, on one side of a flow: those for which all three hold. Immutable.
 *
 * @param countries the countries, as two capital letters
 * @param providers the providers
 * @param keyOwners the owners of the keys
 */
public record PlacementMatch(
    PlacementNames countries, PlacementNames providers, PlacementNames keyOwners) {
  /** Every site. */
  public static final PlacementMatch ANY =
      new PlacementMatch(PlacementNames.ANY, PlacementNames.ANY, PlacementNames.ANY);

  /** Checks the countries. */
  public PlacementMatch {
    countries.names().forEach(Placement::requireCountry);
  }

  /** The same in these countries. */
  public PlacementMatch countries(PlacementNames names) {
    return new PlacementMatch(names, providers, keyOwners);
  }

  /** The same at these providers. */
  public PlacementMatch providers(PlacementNames names) {
    return new PlacementMatch(countries, names, keyOwners);
  }

  /** The same with keys of these owners. */
  public PlacementMatch keyOwners(PlacementNames names) {
    return new PlacementMatch(countries, providers, names);
  }
}
