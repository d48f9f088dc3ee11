// SPDX-License-Identifier: Apache-2.0
/** Which snapshots a retention policy keeps, and the policy's stored form. No clock, no IO. */
@NullMarked
package io.kmesh.core.internal.snapshots.retention;

import org.jspecify.annotations.NullMarked;
