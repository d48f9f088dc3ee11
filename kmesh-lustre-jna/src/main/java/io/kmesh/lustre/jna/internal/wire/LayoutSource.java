// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

/** Where the bytes of a layout come from, which decides where its objects end. */
public enum LayoutSource {
  /**
   * The xattr {@code lustre.lov} or {@code trusted.lov}: all its bytes. It has no ids of the file
   * in components, all ones as their generation, and no room for objects that do not exist.
   */
  XATTR,
  /**
   * The ioctl's buffer for a file, as {@code llapi_file_get_stripe} fills it: longer than the
   * layout, leftovers of other uses in padding and in objects that do not exist.
   */
  FILE,
  /** The same for a directory: its default for new files, which has no objects. */
  DIRECTORY
}
