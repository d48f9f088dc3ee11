// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;

/**
 * What could not be placed, and is tried again.
 *
 * @param path below the tree's root, as far as it is known
 * @param kind why
 * @param message what happened, for people
 */
public record Problem(PathBytes path, ErrorKind kind, String message) {}
