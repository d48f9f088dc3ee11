// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An extended attribute, or one of Kmesh's own.
 *
 * @param name its name's bytes
 * @param value its value, or null when it is a chunk
 * @param chunk the chunk that is its value, or null
 * @param length the value's bytes
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by equals below.
public record Attribute(
    PathBytes name, byte @Nullable [] value, @Nullable ChunkName chunk, long length) {
  /** Values above this are chunks. */
  public static final int MOST_INLINE = 1024;

  /** An attribute whose value stands in the entry. */
  public static Attribute of(PathBytes name, byte[] value) {
    return new Attribute(name, value, null, value.length);
  }

  /** An attribute whose value is a chunk. */
  public static Attribute of(PathBytes name, ChunkName chunk, long length) {
    return new Attribute(name, null, chunk, length);
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Attribute a
        && a.name.equals(name)
        && a.length == length
        && Arrays.equals(a.value, value)
        && java.util.Objects.equals(a.chunk, chunk);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name + " (" + length + " B)";
  }
}
