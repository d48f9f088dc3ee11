// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * A byte range of an action.
 *
 * @param offset the first byte
 * @param length the number of bytes; -1 (all ones) means to the end of the file
 */
public record Extent(long offset, long length) {
  /** The whole file. */
  public static final Extent WHOLE_FILE = new Extent(0, -1);

  /** Whether the range goes to the end of the file. */
  public boolean isToEnd() {
    return length == -1;
  }
}
