// SPDX-License-Identifier: Apache-2.0
/**
 * Jobs over many files of one Lustre file system by its coordinator: which files, what is asked,
 * and when it is so. Knows no store format and no policy.
 */
@NullMarked
package io.kmesh.core.internal.hsm;

import org.jspecify.annotations.NullMarked;
