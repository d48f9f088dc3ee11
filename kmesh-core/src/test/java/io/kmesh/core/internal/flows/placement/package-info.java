// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.kmesh.core.internal.flows.placement;

import org.jspecify.annotations.NullMarked;
