// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import java.util.List;

/**
 * What a rotation did.
 *
 * @param generation of the repository key that counts now
 * @param dropped wrappings of older generations without a new one of the same name: their holders
 *     can't open the repository any more
 * @param unreadable domains whose key nobody here could open; they were left as they are
 */
public record Rotated(int generation, List<WrappingInfo> dropped, List<String> unreadable) {
  /** Copies the lists. */
  public Rotated {
    dropped = List.copyOf(dropped);
    unreadable = List.copyOf(unreadable);
  }
}
