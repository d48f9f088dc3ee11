// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

import java.util.List;

/**
 * A tree that was copied whole, and that nobody sees yet.
 *
 * @param number by which it was made
 * @param parent where it is to be
 * @param entries its top first, each behind its directory
 * @param bytes of its files
 */
record Tree(long number, Plot parent, List<Sprout> entries, long bytes) {}
