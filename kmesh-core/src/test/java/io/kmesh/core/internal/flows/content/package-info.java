// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.kmesh.core.internal.flows.content;

import org.jspecify.annotations.NullMarked;
