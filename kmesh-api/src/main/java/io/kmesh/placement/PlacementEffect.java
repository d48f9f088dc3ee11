// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

/** What a rule, or the lack of one, does to a flow. */
public enum PlacementEffect {
  /** Data may go there. */
  ALLOW,
  /** No byte may go there. */
  DENY
}
