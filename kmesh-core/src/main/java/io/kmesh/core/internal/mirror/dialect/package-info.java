// SPDX-License-Identifier: Apache-2.0
/** The words in which other tools and services say POSIX attributes in an object's metadata. */
@NullMarked
package io.kmesh.core.internal.mirror.dialect;

import org.jspecify.annotations.NullMarked;
