// SPDX-License-Identifier: Apache-2.0
/** Events and metrics of every module, for whoever listens. */
@NullMarked
package io.kmesh.spi.observe;

import org.jspecify.annotations.NullMarked;
