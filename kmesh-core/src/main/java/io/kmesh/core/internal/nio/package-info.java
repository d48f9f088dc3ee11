// SPDX-License-Identifier: Apache-2.0
/** Trees that Kmesh shows as java.nio file systems, under {@code kmesh:} URIs. */
@NullMarked
package io.kmesh.core.internal.nio;

import org.jspecify.annotations.NullMarked;
