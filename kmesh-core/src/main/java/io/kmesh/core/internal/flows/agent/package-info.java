// SPDX-License-Identifier: Apache-2.0
/** A site: who it is, whom it listens to, and the ends of flows that other sites have it run. */
@NullMarked
package io.kmesh.core.internal.flows.agent;

import org.jspecify.annotations.NullMarked;
