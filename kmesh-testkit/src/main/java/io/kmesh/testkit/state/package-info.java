// SPDX-License-Identifier: Apache-2.0
/** A state store in memory. */
@NullMarked
package io.kmesh.testkit.state;

import org.jspecify.annotations.NullMarked;
