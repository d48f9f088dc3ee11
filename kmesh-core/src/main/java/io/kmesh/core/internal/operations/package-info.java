// SPDX-License-Identifier: Apache-2.0
/**
 * Operations that outlive their process: the journal of what was asked and what is under way, and
 * the runner that does it, parks it and resumes it. Knows a state store, nothing of files or
 * clouds.
 */
@NullMarked
package io.kmesh.core.internal.operations;

import org.jspecify.annotations.NullMarked;
