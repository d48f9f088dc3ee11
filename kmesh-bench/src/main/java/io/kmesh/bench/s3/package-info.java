// SPDX-License-Identifier: Apache-2.0
/** A small S3 server on loopback that two clients can be measured with. */
@NullMarked
package io.kmesh.bench.s3;

import org.jspecify.annotations.NullMarked;
