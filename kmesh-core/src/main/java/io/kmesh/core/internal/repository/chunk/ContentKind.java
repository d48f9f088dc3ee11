// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What a content is as far as its first bytes tell, which decides how it is cut. */
public enum ContentKind {
  /** A tar file, not compressed: cut where its members begin. */
  TAR,
  /** The image of a disk or file system, in which small pieces change: cut into smaller chunks. */
  IMAGE,
  /** Any other. */
  DATA;

  private record Magic(int offset, byte[] bytes) {
    Magic(int offset, String text) {
      this(offset, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    boolean isIn(byte[] data, int length) {
      return length >= offset + bytes.length
          && Arrays.equals(data, offset, offset + bytes.length, bytes, 0, bytes.length);
    }
  }

  private static final List<Magic> IMAGES =
      List.of(
          new Magic(512, "EFI PART"), // a partition table
          new Magic(1080, "S\u00ef"), // ext2 to ext4, where the superblock begins at 1024
          new Magic(0, "XFSB"),
          new Magic(32_769, "CD001"), // ISO 9660
          new Magic(0, "QFI\u00fb"), // qcow2
          new Magic(0, "KDMV"), // VMDK
          new Magic(0, "vhdxfile"),
          new Magic(0, "conectix")); // VHD

  /** Looks at the first bytes of a content: up to 33 KiB; with fewer it can tell less. */
  public static ContentKind of(byte[] data, int length) {
    Objects.checkFromIndexSize(0, length, data.length);
    if (length >= TarHeader.BLOCK && TarHeader.isHeader(data, 0)) {
      return TAR;
    }
    for (Magic magic : IMAGES) {
      if (magic.isIn(data, length)) {
        return IMAGE;
      }
    }
    return DATA;
  }
}
