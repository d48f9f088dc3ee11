// SPDX-License-Identifier: Apache-2.0
/** Azure Blob Storage behind {@code io.kmesh.spi.store}. */
@NullMarked
package io.kmesh.cloud.azure;

import org.jspecify.annotations.NullMarked;
