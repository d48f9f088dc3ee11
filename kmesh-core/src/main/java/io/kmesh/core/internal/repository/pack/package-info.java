// SPDX-License-Identifier: Apache-2.0
/** Frames in packs. */
@NullMarked
package io.kmesh.core.internal.repository.pack;

import org.jspecify.annotations.NullMarked;
