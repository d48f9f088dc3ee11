// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.spi.posix.FileType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The marks of an entry's type on Azure, which AzCopy, BlobFuse2 and Managed Lustre share. */
final class AzureTypes {
  static final String FOLDER = "hdi_isfolder";
  static final String LINK = "is_symlink";

  /** In the order of tests: AzCopy's bit masks mark links as devices and sockets as folders too. */
  private static final Map<String, FileType> MARKS = new LinkedHashMap<>();

  static {
    MARKS.put(LINK, FileType.SYMLINK);
    MARKS.put("is_socket", FileType.SOCKET);
    MARKS.put("is_block_dev", FileType.BLOCK_DEVICE);
    MARKS.put("is_char_dev", FileType.CHARACTER_DEVICE);
    MARKS.put("is_fifo", FileType.FIFO);
    MARKS.put(FOLDER, FileType.DIRECTORY);
  }

  private AzureTypes() {}

  static boolean isIn(Map<String, String> metadata) {
    return MARKS.keySet().stream().anyMatch(metadata::containsKey);
  }

  static Optional<FileType> read(Map<String, String> metadata) {
    for (Map.Entry<String, FileType> mark : MARKS.entrySet()) {
      if ("true".equalsIgnoreCase(metadata.get(mark.getKey()))) {
        return Optional.of(mark.getValue());
      }
    }
    return Optional.empty();
  }

  /** The mark of a type, where it has one. */
  static Optional<String> markOf(FileType type) {
    return MARKS.entrySet().stream()
        .filter(mark -> mark.getValue() == type)
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
