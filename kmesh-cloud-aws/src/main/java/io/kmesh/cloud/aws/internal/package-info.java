// SPDX-License-Identifier: Apache-2.0
/** How Kmesh speaks to S3, by the AWS SDK. */
@NullMarked
package io.kmesh.cloud.aws.internal;

import org.jspecify.annotations.NullMarked;
