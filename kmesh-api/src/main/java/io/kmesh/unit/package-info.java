// SPDX-License-Identifier: Apache-2.0
/** Sizes, shares and times as types, so that no raw number carries a unit in its name. */
@NullMarked
package io.kmesh.unit;

import org.jspecify.annotations.NullMarked;
