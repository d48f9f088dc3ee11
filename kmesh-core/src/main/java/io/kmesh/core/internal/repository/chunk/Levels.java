// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/** Zstd's level for each class of data. Stateless. */
final class Levels {
  private Levels() {}

  static int of(DataClass dataClass) {
    return switch (dataClass) {
      case INCOMPRESSIBLE, NUMERIC -> 1;
      case BINARY -> 2;
      case TEXT, SMALL_FILES, METADATA -> 3;
    };
  }
}
