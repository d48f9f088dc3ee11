// SPDX-License-Identifier: Apache-2.0
/**
 * Trees by java.nio alone, for machines on which the native library can't load. What java.nio can't
 * carry is refused by name.
 *
 * <p>Reading, listing, opening, renaming and removing go through {@link
 * java.nio.file.SecureDirectoryStream}, that is by handle. What it has no call for goes by path,
 * after a check that the path still leads to the handle's directory: between the check and the call
 * another process could swap it, so a hostile tree asks for the native library.
 */
@NullMarked
package io.kmesh.core.internal.posix;

import org.jspecify.annotations.NullMarked;
