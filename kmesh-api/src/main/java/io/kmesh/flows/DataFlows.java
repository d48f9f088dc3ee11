// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Data flows by name, kept in the state: those that were started run again when it is opened the
 * next time. Thread-safe.
 */
public interface DataFlows {
  /**
   * Keeps a flow under a name: the same specification returns what exists.
   *
   * @param name 1 to 64 of {@code a-z 0-9 . _ -}
   * @throws io.kmesh.SpecConflictException when another one has the name; it lists the fields
   * @throws io.kmesh.UnsupportedCapabilityException when such ends can't be joined, with the reason
   */
  DataFlow ensure(String name, FlowSpec spec);

  /**
   * As {@link #ensure(String, FlowSpec)}, with a specification that is built here.
   *
   * @throws IllegalArgumentException when an end is missing
   */
  default DataFlow ensure(String name, Consumer<FlowSpec.Builder> options) {
    FlowSpec.Builder builder = FlowSpec.builder();
    options.accept(builder);
    return ensure(name, builder.build());
  }

  /**
   * The flow of a name. One whose cache is held here for another site, which made it, has the name
   * {@code FLOW@SITE}: it is opened, and deleted, here; what else belongs to that site is refused.
   */
  Optional<DataFlow> find(String name);

  /** The flows by name. */
  List<DataFlow> list();

  /**
   * The ends that are here of flows that other sites made, by name. While one is, no other flow may
   * be brought to its tree, but such that share it.
   */
  List<FlowPart> parts();

  /**
   * Forgets the end of a flow whose site is gone for good, with all that was known of it; the tree
   * stays. A site that comes back after all, and still has the flow, has it joined anew, as if it
   * was never here: revoke it, or export the tree to it no more, if it is not to.
   *
   * @param part its name or its id, of {@link #parts}
   * @return what of the flow's own folders stays in the tree
   * @throws io.kmesh.KmeshException NOT_FOUND when there is none; INVALID when several are called
   *     so; PRECONDITION while its site is connected, which can delete the flow; TRANSIENT when
   *     this site does not listen
   */
  FlowRemains forgetPart(String part);
}
