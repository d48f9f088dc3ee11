// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.kmesh.core.internal.flows.agent;

import org.jspecify.annotations.NullMarked;
