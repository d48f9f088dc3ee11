// SPDX-License-Identifier: Apache-2.0
/**
 * Trees of a POSIX file system by directory handle and name bytes, as openat(2) and its family see
 * them: no symbolic link is ever followed, no name is ever decoded.
 *
 * <p>Source of the semantics: POSIX.1-2017 and the Linux manual pages of the calls that each method
 * names. Handles are thread-safe for positional calls; closing one while another thread uses it
 * makes that call fail with EBADF, never touch another file.
 */
@NullMarked
package io.kmesh.spi.posix;

import org.jspecify.annotations.NullMarked;
