// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

/**
 * How a first copy is made by trees.
 *
 * @param threads which copy; 0 has the engine's own thread do it between its looks
 * @param entries so many are seen at once, about: a directory's own files all are
 * @param depth so many directories on the way down are open at once
 */
public record SeedSettings(int threads, int entries, int depth) {
  /** What suits most trees. */
  public static final SeedSettings USUAL = new SeedSettings(3, 8192, 24);
}
