// SPDX-License-Identifier: Apache-2.0
/** Who reads what is sensitive in a flow, until when, and the log of what was done with it. */
@NullMarked
package io.kmesh.core.internal.flows.grants;

import org.jspecify.annotations.NullMarked;
