// SPDX-License-Identifier: Apache-2.0
/** The copytool's parts: agent (receives), scheduler (orders), runner (works with a back end). */
@NullMarked
package io.kmesh.copytool.internal;

import org.jspecify.annotations.NullMarked;
