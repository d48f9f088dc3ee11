// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.path.PathBytes;

/**
 * A name in a directory.
 *
 * @param parent the directory
 * @param name one name
 */
public record Link(NodeId parent, PathBytes name) {}
