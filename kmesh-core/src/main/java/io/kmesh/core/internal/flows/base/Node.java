// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object of a flow: two registers, attributes and content, each with a version, and what this
 * site alone knows of it. Immutable.
 *
 * @param id which one
 * @param type what it is; never changes
 * @param rdev the device that a device file names; else 0; never changes
 * @param target where a symbolic link leads; else empty; never changes
 * @param attributes owner, mode and extended attributes
 * @param attributesVersion their version
 * @param content size and time
 * @param contentVersion the version of the bytes and the time
 * @param local what it is on this site's file system; null where it is not there (yet)
 * @param links the names that lead to it by the registers of names; of a directory at most one
 *     outside of conflicts
 * @param seq where its last change stands in this replica's log of changes
 */
public record Node(
    NodeId id,
    FileType type,
    long rdev,
    PathBytes target,
    Attributes attributes,
    Version attributesVersion,
    Content content,
    Version contentVersion,
    @Nullable Local local,
    List<Link> links,
    long seq) {
  /** Copies the list. */
  public Node {
    links = List.copyOf(links);
  }

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  /** Whether it is a regular file. */
  public boolean isRegular() {
    return type == FileType.REGULAR;
  }

  /** Whether the file system here has its newest attributes and bytes. */
  public boolean isPlaced() {
    return local != null
        && local.attributes().equals(attributesVersion.origin())
        && local.content().equals(contentVersion.origin());
  }

  /** With other attributes. */
  public Node withAttributes(Attributes next, Version version) {
    return new Node(
        id, type, rdev, target, next, version, content, contentVersion, local, links, seq);
  }

  /** With other content. */
  public Node withContent(Content next, Version version) {
    return new Node(
        id, type, rdev, target, attributes, attributesVersion, next, version, local, links, seq);
  }

  /** With what is known of it here. */
  public Node withLocal(@Nullable Local next) {
    return new Node(
        id,
        type,
        rdev,
        target,
        attributes,
        attributesVersion,
        content,
        contentVersion,
        next,
        links,
        seq);
  }

  Node withSeq(long next) {
    return new Node(
        id,
        type,
        rdev,
        target,
        attributes,
        attributesVersion,
        content,
        contentVersion,
        local,
        links,
        next);
  }

  /** With one more name, for a name that was known before its node. */
  public Node withLink(Link link) {
    if (links.contains(link)) {
      return this;
    }
    List<Link> more = new ArrayList<>(links);
    more.add(link);
    return withLinks(more);
  }

  Node withoutLink(Link link) {
    if (!links.contains(link)) {
      return this;
    }
    List<Link> fewer = new ArrayList<>(links);
    fewer.remove(link);
    return withLinks(fewer);
  }

  private Node withLinks(List<Link> next) {
    return new Node(
        id,
        type,
        rdev,
        target,
        attributes,
        attributesVersion,
        content,
        contentVersion,
        local,
        next,
        seq);
  }
}
