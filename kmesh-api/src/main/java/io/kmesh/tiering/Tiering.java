// SPDX-License-Identifier: Apache-2.0
package io.kmesh.tiering;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Tiering policies by name, kept in the state. Thread-safe. */
public interface Tiering {
  /**
   * Keeps a policy under a name: the same specification returns what exists.
   *
   * @throws io.kmesh.SpecConflictException when another one has the name; it lists the fields
   */
  TieringPolicy ensure(String name, Consumer<TieringPolicy.Builder> options);

  /** Keeps a policy under its name in the place of the one that is there. */
  TieringPolicy replace(TieringPolicy policy);

  /** The policy of a name. */
  Optional<TieringPolicy> find(String name);

  /** The policies by name. */
  List<TieringPolicy> list();

  /** Forgets a policy; what it did stays. */
  void delete(String name);

  /**
   * Looks at the file system and says what the policy would do now. Changes nothing, restores
   * nothing.
   */
  TieringPlan plan(String name);

  /** Plans a policy that is not kept. */
  TieringPlan plan(TieringPolicy policy);
}
