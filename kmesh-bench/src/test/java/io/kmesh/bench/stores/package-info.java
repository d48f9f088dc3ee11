// SPDX-License-Identifier: Apache-2.0
/** What stands on object stores, run on the stores of three clouds. */
@NullMarked
package io.kmesh.bench.stores;

import org.jspecify.annotations.NullMarked;
