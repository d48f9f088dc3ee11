// SPDX-License-Identifier: Apache-2.0
/** Attached clusters and their per-file services. */
@NullMarked
package io.kmesh.core.internal.clusters;

import org.jspecify.annotations.NullMarked;
