// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.Predicate;

/**
 * A kind of operation: what it does for a specification, and how its result is kept. Doing it again
 * after a crash does only what is left.
 *
 * @param <T> the type of its result
 */
public interface LongTask<T> {
  /** The operation's type, such as {@code hsm.archive}. */
  String type();

  /** The type of its result. */
  Class<T> resultType();

  /**
   * Whether what it needs is here; else it stays parked until more is attached. One that says
   * nothing else needs the cluster that its specification, or the policy in it, names.
   *
   * @param isAttached whether a cluster of a name is attached
   */
  default boolean isReady(ObjectNode spec, Predicate<String> isAttached) {
    return isAttached.test(
        spec.has("cluster")
            ? spec.path("cluster").asText()
            : spec.path("policy").path("cluster").asText());
  }

  /** Does it. */
  T run(ObjectNode spec, JobContext context) throws IOException;

  /** The result's JSON form, with its format. */
  ObjectNode encode(T result);

  /**
   * The result of a JSON form.
   *
   * @throws IOException when the form is not one that this build knows
   */
  T decode(ObjectNode json) throws IOException;
}
