// SPDX-License-Identifier: Apache-2.0
/**
 * Objects of a prefix put into the words of another dialect, without a file system; see the chapter
 * "Translation" of docs/design/mirrors.md.
 */
@NullMarked
package io.kmesh.core.internal.mirror.translate;

import org.jspecify.annotations.NullMarked;
