// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import org.jspecify.annotations.Nullable;

/**
 * A register of a name: which node it leads to. One that was removed stays as a mark until all
 * sites know of it. Immutable.
 *
 * @param link the name
 * @param node what it leads to; null when it was removed
 * @param removed of a removed name, what it led to; else null
 * @param removedSeen of a removed name, the content that the remover knew of what it led to
 * @param version its version
 * @param placed what has this name on this site's file system, as far as is known; null for nothing
 * @param seq where its last change stands in this replica's log of changes
 */
public record Dirent(
    Link link,
    @Nullable NodeId node,
    @Nullable NodeId removed,
    VersionVector removedSeen,
    Version version,
    @Nullable NodeId placed,
    long seq) {
  /** A name that nobody wrote yet. */
  public static Dirent none(Link link) {
    return new Dirent(link, null, null, VersionVector.EMPTY, Version.NONE, null, 0);
  }

  /** Whether the file system here has it so. */
  public boolean isPlaced() {
    return node == null ? placed == null : node.equals(placed);
  }

  /** Leading to a node. */
  public Dirent to(NodeId next, Version nextVersion) {
    return new Dirent(link, next, null, VersionVector.EMPTY, nextVersion, placed, seq);
  }

  /**
   * Removed.
   *
   * @param seen the content that the remover knew
   */
  public Dirent gone(Version nextVersion, VersionVector seen) {
    return new Dirent(link, null, node != null ? node : removed, seen, nextVersion, placed, seq);
  }

  /** The same value with another version. */
  public Dirent withVersion(Version nextVersion) {
    return new Dirent(link, node, removed, removedSeen, nextVersion, placed, seq);
  }

  /** With what has the name here. */
  public Dirent withPlaced(@Nullable NodeId next) {
    return new Dirent(link, node, removed, removedSeen, version, next, seq);
  }

  Dirent withSeq(long next) {
    return new Dirent(link, node, removed, removedSeen, version, placed, next);
  }
}
