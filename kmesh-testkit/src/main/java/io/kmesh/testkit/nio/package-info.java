// SPDX-License-Identifier: Apache-2.0
/**
 * A {@link java.nio.file.FileSystem} over any {@link io.kmesh.spi.posix.PosixTree}, so that Java
 * code that knows nothing of Kmesh works on a simulated Lustre.
 *
 * <p>Names that are not UTF-8 survive in a path's text: each byte that is no part of valid UTF-8
 * stands there as the character U+DC00 plus its value (U+DC80 to U+DCFF), as in Python's
 * "surrogateescape". Such a text is turned back into the same bytes.
 */
@NullMarked
package io.kmesh.testkit.nio;

import org.jspecify.annotations.NullMarked;
