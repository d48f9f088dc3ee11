// SPDX-License-Identifier: Apache-2.0
/** What a replica of a flow knows: its base of nodes and names, with the version of each. */
@NullMarked
package io.kmesh.core.internal.flows.base;

import org.jspecify.annotations.NullMarked;
