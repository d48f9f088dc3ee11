// SPDX-License-Identifier: Apache-2.0
/** How {@link io.kmesh.Kmesh} finds its engine; not for users. */
@NullMarked
package io.kmesh.spi.engine;

import org.jspecify.annotations.NullMarked;
