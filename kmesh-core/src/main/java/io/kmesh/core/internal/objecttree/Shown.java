// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

/**
 * What an object shows besides its bytes.
 *
 * @param isLink whether it is another name of a file
 * @param tag equal for equal attributes, and for equal bodies where these follow from the index
 */
record Shown(boolean isLink, String tag) {
  /** Of an object that waits at a key of Kmesh's own. */
  static final Shown KEPT = new Shown(false, "");
}
