// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

/**
 * One rule about which data may go where. Immutable.
 *
 * @param name its name, which decisions tell: 1 to 128 printable characters
 * @param effect what it does to flows that it is about
 * @param source the sites that data come from
 * @param target the sites that data go to
 */
public record PlacementRule(
    String name, PlacementEffect effect, PlacementMatch source, PlacementMatch target) {
  /** Checks the name. */
  public PlacementRule {
    Placement.requireWord("name of a placement rule", name);
  }
}
