// SPDX-License-Identifier: Apache-2.0
/** Calls of Cloud Storage's API over OkHttp. */
@NullMarked
package io.kmesh.cloud.gcp.internal;

import org.jspecify.annotations.NullMarked;
