// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;

/** Names that are never part of a flow: what Kmesh itself keeps in trees. */
public final class HiddenNames {
  private static final byte[] BEGIN = ".kmesh".getBytes(StandardCharsets.US_ASCII);

  private HiddenNames() {}

  /** Whether a name begins with {@code .kmesh~} or {@code .kmesh-}. */
  public static boolean isHidden(PathBytes name) {
    if (name.length() <= BEGIN.length || name.at(0) != '.') {
      return false;
    }
    for (int i = 1; i < BEGIN.length; i++) {
      if (name.at(i) != BEGIN[i]) {
        return false;
      }
    }
    byte next = name.at(BEGIN.length);
    return next == '~' || next == '-';
  }
}
