// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

/**
 * What a request is to do, for messages and for what its failure means.
 *
 * @param verb such as {@code put}
 * @param object the key, or what else it is about
 * @param isMutation whether an answer that is lost leaves its outcome unknown
 * @param isReplacement whether it asks for an ETag of what it replaces, so that nothing there is a
 *     condition that does not hold
 */
record Deed(String verb, String object, boolean isMutation, boolean isReplacement) {
  static Deed read(String verb, String object) {
    return new Deed(verb, object, false, false);
  }

  static Deed write(String verb, String object) {
    return new Deed(verb, object, true, false);
  }

  /** A write on a condition. */
  Deed under(io.kmesh.spi.store.Condition condition) {
    boolean replaces = condition instanceof io.kmesh.spi.store.Condition.Matches;
    return new Deed(verb, object, isMutation, replaces);
  }
}
