// SPDX-License-Identifier: Apache-2.0
/** The system's clock, waiting and threads: nothing else in the engine touches them. */
@NullMarked
package io.kmesh.core.internal.time;

import org.jspecify.annotations.NullMarked;
