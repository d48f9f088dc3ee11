// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

/** How a regular file is opened; without one of them: for reading an existing file. */
public enum OpenFlag {
  /** For reading (O_RDONLY; with WRITE: O_RDWR). */
  READ,
  /** For writing (O_WRONLY; with READ: O_RDWR). */
  WRITE,
  /** Create it with mode 0600 when it is not there (O_CREAT). */
  CREATE,
  /** With CREATE: fail with EEXIST when it is there (O_EXCL). */
  EXCLUSIVE,
  /** Cut it to size 0 (O_TRUNC). */
  TRUNCATE,
  /** Do not change its access time where the caller may ask that (O_NOATIME, else ignored). */
  NO_ACCESS_TIME
}
