// SPDX-License-Identifier: Apache-2.0
/** Compression: the only package that sees zstd-jni. */
@NullMarked
package io.kmesh.core.internal.compress;

import org.jspecify.annotations.NullMarked;
