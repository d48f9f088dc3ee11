// SPDX-License-Identifier: Apache-2.0
/** The domain's state, one generation after the other. */
@NullMarked
package io.kmesh.core.internal.repository.head;

import org.jspecify.annotations.NullMarked;
