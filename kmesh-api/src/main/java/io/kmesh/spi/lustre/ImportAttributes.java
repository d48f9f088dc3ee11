// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.spi.posix.FileTime;

/**
 * The attributes of a stub to import.
 *
 * @param mode permission bits; Lustre keeps 0777 of them
 * @param uid owner
 * @param gid group
 * @param size size in bytes
 * @param mtime modification time
 * @param atime access time
 */
public record ImportAttributes(
    int mode, long uid, long gid, long size, FileTime mtime, FileTime atime) {}
