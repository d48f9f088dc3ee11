// SPDX-License-Identifier: Apache-2.0
/**
 * What two sites ask each other about a flow besides its registers and bytes:
 * docs/format/flow-control.md.
 */
@NullMarked
package io.kmesh.core.internal.flows.control;

import org.jspecify.annotations.NullMarked;
