// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** What a tree can carry; a missing one is refused by name, never dropped. */
public enum PosixCapability {
  /** Names of any bytes, whatever the locale. */
  BYTE_NAMES,
  /** Entries at any depth, where the path from the root is longer than PATH_MAX (4096 bytes). */
  LONG_PATHS,
  /** Owner and group can be set (needs privilege for others' numbers). */
  OWNERSHIP,
  /** suid, sgid and sticky bits. */
  SPECIAL_MODE_BITS,
  /** Times to the nanosecond, of links too. */
  NANOSECOND_TIMES,
  /** Extended attributes of the user namespace. */
  USER_XATTRS,
  /** Extended attributes of trusted, security and system namespaces (needs privilege to set). */
  ALL_XATTRS,
  /** Hard links. */
  HARD_LINKS,
  /** Holes are kept and can be found (SEEK_DATA, SEEK_HOLE). */
  SPARSE,
  /** fallocate of ranges. */
  ALLOCATE,
  /** FIFOs and sockets. */
  SPECIAL_FILES,
  /** Character and block devices (needs privilege to make). */
  DEVICES,
  /** RENAME_NOREPLACE and RENAME_EXCHANGE. */
  RENAME_MODES,
  /** fsync of files and directories survives a power cut. */
  SYNC,
  /** One call makes all durable that was written (syncfs): {@link PosixTree#sync()}. */
  TREE_SYNC
}
