// SPDX-License-Identifier: Apache-2.0
/** Reads and writes small JSON forms strictly. */
@NullMarked
package io.kmesh.core.internal.json;

import org.jspecify.annotations.NullMarked;
