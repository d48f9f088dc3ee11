// SPDX-License-Identifier: Apache-2.0
/**
 * The mirror form: one object a file, its key the file's path, its metadata the file's attributes;
 * an archive for HSM over it, and the export and import of whole trees. See docs/format/mirror.md.
 */
@NullMarked
package io.kmesh.core.internal.mirror;

import org.jspecify.annotations.NullMarked;
