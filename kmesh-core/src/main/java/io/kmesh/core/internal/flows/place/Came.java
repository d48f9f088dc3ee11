// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;

/**
 * A content that came: nobody sends it again unasked.
 *
 * @param node whose it is
 * @param content the change that made it
 * @param isLost whether it was dropped before it had a name
 */
public record Came(NodeId node, Dot content, boolean isLost) {}
