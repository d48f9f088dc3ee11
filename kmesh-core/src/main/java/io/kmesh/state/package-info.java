// SPDX-License-Identifier: Apache-2.0
/** Where a Kmesh keeps its state. */
@NullMarked
package io.kmesh.state;

import org.jspecify.annotations.NullMarked;
