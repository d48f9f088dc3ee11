// SPDX-License-Identifier: Apache-2.0
/** Tiering policies: their stored form, their plans, and the job that applies a plan. */
@NullMarked
package io.kmesh.core.internal.tiering;

import org.jspecify.annotations.NullMarked;
