// SPDX-License-Identifier: Apache-2.0
/** Directories as sorted pages. */
@NullMarked
package io.kmesh.core.internal.repository.tree;

import org.jspecify.annotations.NullMarked;
