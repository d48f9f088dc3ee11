// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import org.jspecify.annotations.Nullable;

/**
 * Of which entry something is said.
 *
 * @param name for people: its path where the tree is read, its key where the store is
 * @param path below the tree's top; null when it is not known
 * @param key the object's whole key; empty when it is not known
 */
record Subject(String name, @Nullable PathBytes path, String key) {
  /** An entry of a tree. */
  static Subject entry(PathBytes path, String key) {
    return new Subject(path.toString(), path, key);
  }

  /** An object; its path is what its key says until more is known. */
  static Subject object(MirrorObjects objects, String key) {
    return new Subject(objects.full(key), pathOrNull(key), objects.full(key));
  }

  private static @Nullable PathBytes pathOrNull(String key) {
    if (key.equals(MirrorKeys.ROOT)) {
      return PathBytes.EMPTY;
    }
    try {
      return MirrorKeys.saysPath(key) ? MirrorKeys.pathOf(key) : null;
    } catch (ProviderException e) {
      return null;
    }
  }

  /** The same with a path that is known now. */
  Subject at(PathBytes known) {
    return new Subject(name, known, key);
  }
}
