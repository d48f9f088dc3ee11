// SPDX-License-Identifier: Apache-2.0
/** Snapshots of several sites at one moment, while their writers rest. */
@NullMarked
package io.kmesh.core.internal.snapshots.cut;

import org.jspecify.annotations.NullMarked;
