// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Tells the extended attributes that belong to a file from those of its file system, host or Kmesh.
 */
public final class XattrFilter {
  private static final Set<String> LEFT_OUT =
      Set.of(
          "trusted.lov",
          "trusted.lma",
          "trusted.lmv",
          "trusted.link",
          "trusted.hsm",
          "trusted.som",
          "trusted.fid",
          "trusted.version",
          "trusted.dmv",
          "security.selinux",
          "security.ima",
          "security.evm");

  private XattrFilter() {}

  /** Whether it is the file's own and moves with it. */
  public static boolean isContent(PathBytes name) {
    String text = new String(name.toBytes(), StandardCharsets.ISO_8859_1);
    return !LEFT_OUT.contains(text)
        && !text.startsWith("lustre.")
        && !text.startsWith("trusted.kmesh.");
  }
}
