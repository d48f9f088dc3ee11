// SPDX-License-Identifier: Apache-2.0
/** Kmesh's side of the comparison with other tools: {@code bash kmesh-bench/peers.sh --help}. */
@NullMarked
package io.kmesh.bench.peers;

import org.jspecify.annotations.NullMarked;
