// SPDX-License-Identifier: Apache-2.0
/**
 * libc by JNA's direct mapping: numbers and addresses only, no structure object, no copy of file
 * data that lies in direct buffers.
 */
@NullMarked
package io.kmesh.lustre.jna.internal;

import org.jspecify.annotations.NullMarked;
