// SPDX-License-Identifier: Apache-2.0
/** Credentials of Azure, and tokens that are renewed by one flight. */
@NullMarked
package io.kmesh.cloud.azure.internal.credential;

import org.jspecify.annotations.NullMarked;
