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
 * @param similar the path below the tree's root of a file of this size and time that is there and
 *     is none of the flow's: perhaps the same bytes; null when there is none
 */
public record Want(NodeId node, Dot content, long size, @Nullable PathBytes similar) {}
