// SPDX-License-Identifier: Apache-2.0
/**
 * Snapshots: when they are taken and which are kept. Both are values, and a retention plan can be
 * read before anything is forgotten. Virtual copies of them can be written to.
 */
@NullMarked
package io.kmesh.snapshots;

import org.jspecify.annotations.NullMarked;
