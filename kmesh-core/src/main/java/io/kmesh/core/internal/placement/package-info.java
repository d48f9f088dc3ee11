// SPDX-License-Identifier: Apache-2.0
/**
 * Decides by placement rules, and keeps rules and decisions as JSON. Knows no files and no flows.
 */
@NullMarked
package io.kmesh.core.internal.placement;

import org.jspecify.annotations.NullMarked;
