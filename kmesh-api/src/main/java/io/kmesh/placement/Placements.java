// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Where data may go: what the owner of this Kmesh says of the places that its flows join, and the
 * rules that they are held against before a flow opens a connection. Kept in the state.
 * Thread-safe.
 *
 * <p>Only what is said here counts, never what another site says of itself. The other site of a
 * flow holds it against its own facts and rules as well; data go where both allow it. Rules and
 * facts that change count from the next start or switch of direction on; what runs goes on.
 *
 * <p>Every call throws a {@link KmeshException} when the state can't be read or written.
 */
public interface Placements {
  /** The rules that hold here; {@link PlacementRules#NONE} when none were set. */
  PlacementRules rules();

  /** Sets the rules in place of those before. */
  void rules(PlacementRules rules);

  /**
   * Says where this site keeps its data, in place of what was said before.
   *
   * @param facts gets a placement of which nothing is known
   */
  void here(UnaryOperator<Placement> facts);

  /**
   * Says where another site keeps its data.
   *
   * @param site the site's name, as in its certificate
   * @param facts gets a placement of which nothing is known; one that is left so withdraws what was
   *     said
   */
  void site(String site, UnaryOperator<Placement> facts);

  /**
   * Says where the data of a tree are, and all below it, when they are elsewhere than those of its
   * site: a cluster in a cloud, a mounted disk, an export. The facts of the innermost tree count
   * alone: what they leave open is not taken from the site's.
   *
   * @param facts as of {@link #site}
   */
  void endpoint(Endpoint tree, UnaryOperator<Placement> facts);

  /** All that was said: {@code here}, names of sites, and trees as text. */
  Map<String, Placement> facts();

  /** What is known of an endpoint. */
  Placement of(Endpoint endpoint);

  /**
   * What the rules say of data that go from one endpoint to another. Nothing is recorded, and the
   * other site is not asked.
   */
  PlacementDecision ask(Endpoint source, Endpoint target);
}
