// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.spi.key.KeyReference;
import java.util.List;

/**
 * A piece of work as a value: a range of bytes from one endpoint to another. It runs on any worker
 * that has both, any number of times with the same effect, and publishes nothing: only the
 * coordinator does. Its stored form is docs/format/work-unit.md.
 *
 * @param attempt the attempt that it belongs to
 * @param source the source endpoint's name
 * @param from where the bytes are
 * @param expectedVersion what the source must be at: Lustre's data version for {@link
 *     WorkPlace.AtFid}, the modification time in nanoseconds for {@link WorkPlace.AtPath}, else 0
 * @param offset the first byte
 * @param length the number of bytes
 * @param target the target endpoint's name
 * @param to where they go
 * @param targetOffset the first byte there; 0 for parts
 * @param keys keys that the worker needs, by reference
 */
public record WorkUnit(
    String attempt,
    String source,
    WorkPlace from,
    long expectedVersion,
    long offset,
    long length,
    String target,
    WorkPlace to,
    long targetOffset,
    List<KeyReference> keys) {
  /** Checks the ranges and copies the list. */
  public WorkUnit {
    keys = List.copyOf(keys);
    if (offset < 0 || length < 0 || targetOffset < 0 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "A unit of work has a range of the file, not " + offset + "+" + length + ".");
    }
    if (from instanceof WorkPlace.AtPart || to instanceof WorkPlace.AtKey) {
      throw new IllegalArgumentException(
          "A unit of work does not read a part nor write an object at once.");
    }
  }
}
