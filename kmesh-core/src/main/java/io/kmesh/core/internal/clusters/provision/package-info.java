// SPDX-License-Identifier: Apache-2.0
/**
 * Clusters that providers make: what was asked and what is there, in the state, and the operations
 * that make, change and delete them so that a crash at any call leaves one resource or none.
 */
@NullMarked
package io.kmesh.core.internal.clusters.provision;

import org.jspecify.annotations.NullMarked;
