// SPDX-License-Identifier: Apache-2.0
/**
 * Tiering: which files go to a cheaper pool, to an archive, or come back, and when. A plan is made
 * first and can be read; only {@link io.kmesh.tiering.TieringPlan#apply()} changes anything.
 */
@NullMarked
package io.kmesh.tiering;

import org.jspecify.annotations.NullMarked;
