// SPDX-License-Identifier: Apache-2.0
/** Google Cloud Storage behind {@code io.kmesh.spi.store}. */
@NullMarked
package io.kmesh.cloud.gcp;

import org.jspecify.annotations.NullMarked;
