// SPDX-License-Identifier: Apache-2.0
/** The engine of one replica of a flow, and what replicas say to each other. */
@NullMarked
package io.kmesh.core.internal.flows.replica;

import org.jspecify.annotations.NullMarked;
