// SPDX-License-Identifier: Apache-2.0
/** Names and paths as bytes: what a file system really stores, in any locale. */
@NullMarked
package io.kmesh.path;

import org.jspecify.annotations.NullMarked;
