// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

/**
 * A part of a sparse file that has data.
 *
 * @param offset its first byte
 * @param length its bytes, 1 or more
 */
public record Extent(long offset, long length) {
  long end() {
    return offset + length;
  }
}
