// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.nio.file.Path;

/** One file of records; appended to by its log, read by cursors. */
final class ChangelogSegment {
  final long firstIndex;
  final Path path;

  /** Bytes of whole records. */
  volatile long bytes;

  /** The index of its last record; one below its first while it has none. */
  volatile long lastIndex;

  ChangelogSegment(long firstIndex, Path path) {
    this.firstIndex = firstIndex;
    this.path = path;
    this.lastIndex = firstIndex - 1;
  }
}
