// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/**
 * Zstd's level for each class of data: the least processor time with which what is stored of /usr
 * is 0.94 of restic's (docs/benchmarks.md has the figures). Stateless.
 */
final class Levels {
  private Levels() {}

  static int of(DataClass dataClass) {
    return switch (dataClass) {
      // Zstd gives up by itself, at 6 GB/s; at level 3 it looks three times as long for half a
      // percent. No probe is cheaper, and one that errs loses what the rest of a chunk gives.
      case INCOMPRESSIBLE -> 1;
      // Planes of bytes are runs and skewed bytes, not strings: level 3 takes three times the time
      // and floats come out larger.
      case NUMERIC -> 1;
      // 2 saves a quarter of the time for 4 % more bytes. With it programs and archives of classes
      // are 1 % larger than restic's, with 3 they are 1 % smaller.
      case BINARY -> 3;
      // 2 saves a quarter of the time for 3 to 6 % more; 4 gains nothing.
      case TEXT, SMALL_FILES, METADATA -> 3;
    };
  }
}
