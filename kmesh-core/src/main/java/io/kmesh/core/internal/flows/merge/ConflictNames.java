// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongFunction;
import java.util.zip.CRC32C;

/** Names of what lost its own: {@code NAME.conflict-SITE-SHORTID}. Immutable. */
public final class ConflictNames {
  private static final int MOST_SITE = 40;

  private final LongFunction<String> site;

  /**
   * Makes names.
   *
   * @param site what a replica's site is called; the same at all sites
   */
  public ConflictNames(LongFunction<String> site) {
    this.site = site;
  }

  /** The name of a node that had a name; the same for one that has such a name already. */
  public PathBytes of(PathBytes name, NodeId node) {
    byte[] suffix = suffix(node).getBytes(StandardCharsets.UTF_8);
    byte[] old = name.toBytes();
    if (old.length > suffix.length
        && Arrays.equals(old, old.length - suffix.length, old.length, suffix, 0, suffix.length)) {
      return name;
    }
    int kept = Math.min(old.length, PathBytes.NAME_MAX - suffix.length);
    byte[] bytes = Arrays.copyOf(old, kept + suffix.length);
    System.arraycopy(suffix, 0, bytes, kept, suffix.length);
    return PathBytes.of(bytes);
  }

  private String suffix(NodeId node) {
    CRC32C crc = new CRC32C();
    crc.update(
        ByteBuffer.allocate(NodeId.LENGTH).putLong(node.replica()).putLong(node.number()).flip());
    String label = site.apply(node.replica()).replace('/', '_');
    return ".conflict-"
        + label.substring(0, Math.min(MOST_SITE, label.length()))
        + "-"
        + String.format("%08x", crc.getValue());
  }
}
