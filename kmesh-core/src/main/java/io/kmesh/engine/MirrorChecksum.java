// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the contents of a mirror's files are verified by when they are brought. */
public enum MirrorChecksum {
  /**
   * The CRC-32C that a large file's object carries: it finds what networks, memories and disks do
   * to bytes, not what people do, and costs a tenth of a SHA-256. A file whose object says none is
   * verified by its SHA-256.
   */
  CRC32C,
  /** The SHA-256 that every file's object carries. */
  SHA256;

  /** Its name in commands: {@code crc32c}, {@code sha256}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one of a name. */
  public static Optional<MirrorChecksum> of(String word) {
    return Arrays.stream(values()).filter(c -> c.word().equals(word)).findFirst();
  }
}
