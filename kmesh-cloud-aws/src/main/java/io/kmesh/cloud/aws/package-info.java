// SPDX-License-Identifier: Apache-2.0
/** S3 and its kin behind {@code io.kmesh.spi.store}. */
@NullMarked
package io.kmesh.cloud.aws;

import org.jspecify.annotations.NullMarked;
