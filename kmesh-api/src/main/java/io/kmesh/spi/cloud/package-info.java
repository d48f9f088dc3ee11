// SPDX-License-Identifier: Apache-2.0
/**
 * Control planes of managed Lustre: single calls, each of which returns at once. Waiting, retries
 * and the record of what was asked are the engine's.
 */
@NullMarked
package io.kmesh.spi.cloud;

import org.jspecify.annotations.NullMarked;
