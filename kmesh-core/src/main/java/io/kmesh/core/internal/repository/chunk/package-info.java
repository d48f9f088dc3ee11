// SPDX-License-Identifier: Apache-2.0
/** Where content is cut into chunks, and how chunks are made small. */
@NullMarked
package io.kmesh.core.internal.repository.chunk;

import org.jspecify.annotations.NullMarked;
