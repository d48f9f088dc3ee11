// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import java.util.Optional;

/**
 * What differs between machines: flags, numbers of system calls that old C libraries have no
 * function for, and the layout of the kernel's {@code struct stat}.
 *
 * <p>Sources: the kernel's {@code asm/fcntl.h}, {@code asm/unistd.h} and {@code asm/stat.h} of each
 * architecture.
 *
 * @param directoryFlag O_DIRECTORY
 * @param noFollowFlag O_NOFOLLOW
 * @param directFlag O_DIRECT
 * @param getdents64 number of getdents64(2)
 * @param mknodat number of mknodat(2)
 * @param fstatat number of newfstatat(2)
 * @param renameat2 number of renameat2(2)
 * @param statx number of statx(2)
 * @param fchmodat2 number of fchmodat2(2)
 * @param statModeOffset where {@code st_mode} (32 bits) lies in {@code struct stat}
 * @param statLinksOffset where {@code st_nlink} lies
 * @param statLinksBytes its width: 4 or 8
 * @param statUidOffset where {@code st_uid} lies; {@code st_gid} follows it
 * @param statRdevOffset where {@code st_rdev} (64 bits) lies
 */
record LinuxAbi(
    int directoryFlag,
    int noFollowFlag,
    int directFlag,
    int getdents64,
    int mknodat,
    int fstatat,
    int renameat2,
    int statx,
    int fchmodat2,
    int statModeOffset,
    int statLinksOffset,
    int statLinksBytes,
    int statUidOffset,
    int statRdevOffset) {
  private static final LinuxAbi X86_64 =
      new LinuxAbi(0200000, 0400000, 040000, 217, 259, 262, 316, 332, 452, 24, 16, 8, 28, 40);
  private static final LinuxAbi AARCH64 =
      new LinuxAbi(040000, 0100000, 0200000, 61, 33, 79, 276, 291, 452, 16, 20, 4, 24, 32);

  /** The values of an architecture by JNA's name of it; empty where they are not known here. */
  static Optional<LinuxAbi> of(String architecture) {
    return switch (architecture) {
      case "x86-64" -> Optional.of(X86_64);
      case "aarch64" -> Optional.of(AARCH64);
      default -> Optional.empty();
    };
  }
}
