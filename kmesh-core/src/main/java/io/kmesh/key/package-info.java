// SPDX-License-Identifier: Apache-2.0
/** Keepers of key-encryption keys. */
@NullMarked
package io.kmesh.key;

import org.jspecify.annotations.NullMarked;
