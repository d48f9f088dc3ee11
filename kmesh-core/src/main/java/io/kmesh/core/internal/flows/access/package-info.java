// SPDX-License-Identifier: Apache-2.0
/** Access to a flow's source from afar: its tree at once, its bytes when they are read. */
@NullMarked
package io.kmesh.core.internal.flows.access;

import org.jspecify.annotations.NullMarked;
