// SPDX-License-Identifier: Apache-2.0
/** Tests of prefixes of object stores as trees. */
@NullMarked
package io.kmesh.core.internal.objecttree;

import org.jspecify.annotations.NullMarked;
