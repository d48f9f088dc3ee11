// SPDX-License-Identifier: Apache-2.0
/** Which frame holds a chunk. */
@NullMarked
package io.kmesh.core.internal.repository.index;

import org.jspecify.annotations.NullMarked;
