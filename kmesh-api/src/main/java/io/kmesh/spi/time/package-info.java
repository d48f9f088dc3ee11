// SPDX-License-Identifier: Apache-2.0
/** Time as a service, so that tests own it. */
@NullMarked
package io.kmesh.spi.time;

import org.jspecify.annotations.NullMarked;
