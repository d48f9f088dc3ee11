// SPDX-License-Identifier: Apache-2.0
/** The key file: its form, its protection, and the sealing of data keys. */
@NullMarked
package io.kmesh.core.internal.key;

import org.jspecify.annotations.NullMarked;
