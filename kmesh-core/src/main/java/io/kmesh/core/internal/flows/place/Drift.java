// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * Something in the tree that somebody else than the flow changed or made, found where the flow
 * places something.
 *
 * @param path where it was, below the tree's root
 * @param kept where it is now, below the tree's root; null when there was nothing to keep
 * @param reason what was found, for people
 */
public record Drift(PathBytes path, @Nullable PathBytes kept, String reason) {}
