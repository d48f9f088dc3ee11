// SPDX-License-Identifier: Apache-2.0
/**
 * Moves bytes from a source to a sink: units of work as values, the queue that runs them, the byte
 * budget, rate limits, retries, and the copy of trees. Knows no mirror and no repository.
 */
@NullMarked
package io.kmesh.core.internal.transfer;

import org.jspecify.annotations.NullMarked;
