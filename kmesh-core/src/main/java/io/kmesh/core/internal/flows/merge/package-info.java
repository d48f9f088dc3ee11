// SPDX-License-Identifier: Apache-2.0
/**
 * What becomes of two versions of a register that know nothing of each other, and of names that
 * make no tree. Decides by registers alone, so that each site decides the same.
 */
@NullMarked
package io.kmesh.core.internal.flows.merge;

import org.jspecify.annotations.NullMarked;
