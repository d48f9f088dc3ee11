// SPDX-License-Identifier: Apache-2.0
/** Tokens of Google Cloud, and the files and endpoints that they come from. */
@NullMarked
package io.kmesh.cloud.gcp.internal.auth;

import org.jspecify.annotations.NullMarked;
