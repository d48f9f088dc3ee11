// SPDX-License-Identifier: Apache-2.0
/** What the stored forms of snapshot schedules and retention policies share. */
@NullMarked
package io.kmesh.core.internal.snapshots;

import org.jspecify.annotations.NullMarked;
