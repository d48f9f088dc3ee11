// SPDX-License-Identifier: Apache-2.0
/** Snapshots of trees in a repository: taken, listed, compared, restored. */
@NullMarked
package io.kmesh.core.internal.snapshots;

import org.jspecify.annotations.NullMarked;
