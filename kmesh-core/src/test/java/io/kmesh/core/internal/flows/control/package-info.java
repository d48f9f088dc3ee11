// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.kmesh.core.internal.flows.control;

import org.jspecify.annotations.NullMarked;
