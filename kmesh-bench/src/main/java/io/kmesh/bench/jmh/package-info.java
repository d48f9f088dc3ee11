// SPDX-License-Identifier: Apache-2.0
/**
 * JMH benchmarks of the hot paths: {@code bash kmesh-bench/run.sh --help}. Not null-marked: JMH
 * fills the fields in set-up methods.
 */
package io.kmesh.bench.jmh;
