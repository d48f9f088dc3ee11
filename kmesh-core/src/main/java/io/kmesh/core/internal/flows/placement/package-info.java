// SPDX-License-Identifier: Apache-2.0
/** What is known of the places of flows, the rules that hold here, and who asks them when. */
@NullMarked
package io.kmesh.core.internal.flows.placement;

import org.jspecify.annotations.NullMarked;
