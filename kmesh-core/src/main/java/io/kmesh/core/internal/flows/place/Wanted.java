// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * A content that may come, with all that is set on the file that is made of it.
 *
 * @param node whose
 * @param content the change that made it
 * @param size in bytes
 * @param mtime its time of modification
 * @param attributes of the file
 * @param attributesDot the change that made these
 * @param parent the directory that it is best made in
 * @param similar as in {@link Want}
 */
record Wanted(
    NodeId node,
    Dot content,
    long size,
    FileTime mtime,
    Attributes attributes,
    Dot attributesDot,
    NodeId parent,
    @Nullable PathBytes similar) {
  static Wanted of(Node node, NodeId parent, @Nullable PathBytes similar) {
    return new Wanted(
        node.id(),
        node.contentVersion().origin(),
        node.content().size(),
        node.content().mtime(),
        node.attributes(),
        node.attributesVersion().origin(),
        parent,
        similar);
  }
}
