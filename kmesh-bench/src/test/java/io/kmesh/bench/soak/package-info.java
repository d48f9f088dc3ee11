// SPDX-License-Identifier: Apache-2.0
/** Long runs: {@code bash test.sh --profile soak --minutes 15}. */
package io.kmesh.bench.soak;
