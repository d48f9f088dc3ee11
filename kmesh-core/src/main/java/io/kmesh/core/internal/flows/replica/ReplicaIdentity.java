// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

/**
 * Which replica of which flow this is.
 *
 * @param flow the flow's id, the same at all sites
 * @param site this site's name
 * @param generation how often the flow's direction was switched
 */
public record ReplicaIdentity(String flow, String site, long generation) {}
