// SPDX-License-Identifier: Apache-2.0
/** Snapshots as file systems of java.nio: as they are, or with changes kept beside them. */
@NullMarked
package io.kmesh.core.internal.snapshots.fs;

import org.jspecify.annotations.NullMarked;
