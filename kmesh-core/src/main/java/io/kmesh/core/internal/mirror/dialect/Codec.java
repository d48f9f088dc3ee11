// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import java.util.Map;
import java.util.Set;

/** One dialect: read from an object's metadata, and written to it. Immutable. */
interface Codec {
  MirrorDialect dialect();

  /** Whether metadata, with names in lower case, has words of it. */
  boolean isIn(Map<String, String> metadata);

  /** What they say. */
  void read(Map<String, String> metadata, Saying saying);

  /** What it can carry of an entry, apart from what its formats cut off of times. */
  Set<Attribute> carries();

  /** Its words that change without a change of the entry: times of access and of status. */
  Set<String> passing();

  /** The words for an entry; what it does not carry is left out. */
  Map<String, String> write(FileStat stat);
}
