// SPDX-License-Identifier: Apache-2.0
/** When a schedule fires, which runs were missed, and a schedule's stored form. No clock, no IO. */
@NullMarked
package io.kmesh.core.internal.snapshots.schedule;

import org.jspecify.annotations.NullMarked;
