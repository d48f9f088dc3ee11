// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

/**
 * An object that a push left as it is; the next one tries again.
 *
 * @param key its key, without the prefix
 * @param reason what stands in the way, and what to do
 */
public record PushProblem(String key, String reason) {}
