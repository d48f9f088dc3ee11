// SPDX-License-Identifier: Apache-2.0
/** Runs the fuzz tests of all modules for as long as one likes. */
@NullMarked
package io.kmesh.bench.fuzz;

import org.jspecify.annotations.NullMarked;
