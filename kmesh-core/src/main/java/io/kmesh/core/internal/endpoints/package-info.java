// SPDX-License-Identifier: Apache-2.0
/** Endpoints: their stored form, and the trees that they name. */
@NullMarked
package io.kmesh.core.internal.endpoints;

import org.jspecify.annotations.NullMarked;
