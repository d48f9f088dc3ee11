// SPDX-License-Identifier: Apache-2.0
/** Reading and writing of binary forms, with bounds. */
@NullMarked
package io.kmesh.core.internal.repository.bytes;

import org.jspecify.annotations.NullMarked;
