// SPDX-License-Identifier: Apache-2.0
/** Data flows: trees at several places that are kept equal. */
@NullMarked
package io.kmesh.flows;

import org.jspecify.annotations.NullMarked;
