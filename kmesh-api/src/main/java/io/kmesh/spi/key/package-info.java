// SPDX-License-Identifier: Apache-2.0
/** Keys that never leave their keeper: data keys are wrapped and unwrapped by it. */
@NullMarked
package io.kmesh.spi.key;

import org.jspecify.annotations.NullMarked;
