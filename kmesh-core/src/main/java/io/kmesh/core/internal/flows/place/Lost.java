// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;

/**
 * A content that came, and was dropped before it had a name: nobody sends it again unasked.
 *
 * @param node whose it was
 * @param content the change that made it
 */
public record Lost(NodeId node, Dot content) {}
