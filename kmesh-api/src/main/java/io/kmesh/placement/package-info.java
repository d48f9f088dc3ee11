// SPDX-License-Identifier: Apache-2.0
/** Where data may go: rules over countries, providers and owners of keys, as values. */
@NullMarked
package io.kmesh.placement;

import org.jspecify.annotations.NullMarked;
