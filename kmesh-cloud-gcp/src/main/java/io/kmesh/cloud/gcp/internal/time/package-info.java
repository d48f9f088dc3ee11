// SPDX-License-Identifier: Apache-2.0
/** The clock, which tokens are signed and renewed by. */
@NullMarked
package io.kmesh.cloud.gcp.internal.time;

import org.jspecify.annotations.NullMarked;
