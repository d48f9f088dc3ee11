// SPDX-License-Identifier: Apache-2.0
/** What the bytes of large files are like: their chunks, and where bytes like them are. */
@NullMarked
package io.kmesh.core.internal.flows.content;

import org.jspecify.annotations.NullMarked;
