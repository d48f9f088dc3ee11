// SPDX-License-Identifier: Apache-2.0
/** Hands events and metrics to whoever listens. */
@NullMarked
package io.kmesh.core.internal.observe;

import org.jspecify.annotations.NullMarked;
