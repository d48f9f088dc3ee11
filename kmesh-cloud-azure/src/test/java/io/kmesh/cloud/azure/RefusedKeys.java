// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import java.util.Set;

/** The contract's keys that Azure would not keep exactly, and Kmesh refuses. */
final class RefusedKeys {
  static final Set<String> OF_AZURE =
      Set.of(
          ".",
          "..",
          "../..",
          "../../../../etc/passwd",
          "a/./b",
          "a/../b",
          "dot.",
          "a\\b",
          "new\nline",
          "tab\there",
          "bell\u0007",
          "nul\u0000byte",
          "del\u007f",
          "\u0080c1",
          "a\u0001",
          "\u0001/".repeat(100));

  private RefusedKeys() {}
}
