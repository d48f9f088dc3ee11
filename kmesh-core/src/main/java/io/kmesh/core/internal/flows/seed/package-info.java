// SPDX-License-Identifier: Apache-2.0
/** The first copy of a flow within one process, directory by directory. */
@NullMarked
package io.kmesh.core.internal.flows.seed;

import org.jspecify.annotations.NullMarked;
