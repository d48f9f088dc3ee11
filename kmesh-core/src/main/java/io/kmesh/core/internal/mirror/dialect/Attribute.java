// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

/** What an object's metadata can say of an entry. */
public enum Attribute {
  /** File, directory, link or a special one. */
  TYPE,
  /** The nine bits of permissions. */
  PERMISSIONS,
  /** The sticky bit. */
  STICKY,
  /** The bits that lend a file's owner or group. */
  SET_ID,
  /** The owner. */
  UID,
  /** The group. */
  GID,
  /** When the content was changed. */
  MTIME,
  /** When it was read. */
  ATIME,
  /** A device's number. */
  RDEV,
  /** Extended attributes, access control lists among them. */
  XATTRS,
  /** That it has several names. */
  HARD_LINKS
}
