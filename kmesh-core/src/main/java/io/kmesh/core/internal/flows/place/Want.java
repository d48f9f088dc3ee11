// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * A content that is not here.
 *
 * @param node whose
 * @param content the change that made it
 * @param size in bytes
 * @param similar the path below the tree's root of another file that has the name: it may have some
 *     of the bytes; null when there is none
 */
public record Want(NodeId node, Dot content, long size, @Nullable PathBytes similar) {}
