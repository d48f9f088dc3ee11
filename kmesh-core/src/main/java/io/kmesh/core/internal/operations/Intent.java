// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What an operation is about to do to the world. Immutable; JSON goes in and out as copies.
 *
 * @param unit the id of the unit of work within its operation, such as a FID
 * @param effect what will be done, for people and for who reconciles
 * @param facts what who reconciles needs to look at the world
 */
public record Intent(String unit, String effect, ObjectNode facts) {
  /** Copies the JSON. */
  public Intent {
    facts = facts.deepCopy();
  }

  /** An intent without facts beyond its unit. */
  public Intent(String unit, String effect) {
    this(unit, effect, JsonNodeFactory.instance.objectNode());
  }

  /** The facts. */
  @Override
  public ObjectNode facts() {
    return facts.deepCopy();
  }
}
