// SPDX-License-Identifier: Apache-2.0
/** HTTP/1.1 to a few servers: connections that are used again, threads, and nothing of S3. */
@NullMarked
package io.kmesh.cloud.aws.internal.http;

import org.jspecify.annotations.NullMarked;
