// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.kmesh.core.internal.flows.grants;

import org.jspecify.annotations.NullMarked;
