// SPDX-License-Identifier: Apache-2.0
/** Tests of merges. */
@NullMarked
package io.kmesh.core.internal.flows.merge;

import org.jspecify.annotations.NullMarked;
