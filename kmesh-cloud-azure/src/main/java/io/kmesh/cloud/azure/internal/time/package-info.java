// SPDX-License-Identifier: Apache-2.0
/** The machine's clock and timers. */
@NullMarked
package io.kmesh.cloud.azure.internal.time;

import org.jspecify.annotations.NullMarked;
