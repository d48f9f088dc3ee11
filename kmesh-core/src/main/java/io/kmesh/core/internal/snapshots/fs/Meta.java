// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The attributes of an entry, as they are to be. Immutable. */
record Meta(int mode, long uid, long gid, FileTime mtime, Map<PathBytes, byte[]> attributes) {
  Meta {
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  /** Those of an entry. */
  static Meta of(Volume volume, Volume.Node node) throws IOException {
    Facts facts = volume.facts(node);
    Map<PathBytes, byte[]> attributes = new TreeMap<>();
    for (PathBytes name : volume.attributes(node)) {
      byte[] value = volume.attribute(node, name);
      if (value != null) {
        attributes.put(name, value);
      }
    }
    return new Meta(facts.mode(), facts.uid(), facts.gid(), facts.mtime(), attributes);
  }

  Meta timed(FileTime other) {
    return new Meta(mode, uid, gid, other, attributes);
  }

  byte @Nullable [] attribute(PathBytes name) {
    return attributes.get(name);
  }

  boolean hasOwnerOf(Meta other) {
    return uid == other.uid && gid == other.gid;
  }

  boolean hasAttributesOf(Meta other) {
    return attributes.keySet().equals(other.attributes.keySet())
        && attributes.entrySet().stream()
            .allMatch(a -> Arrays.equals(a.getValue(), other.attributes.get(a.getKey())));
  }

  /** Whether mode, owner and extended attributes are the same. */
  boolean isLike(Meta other) {
    return mode == other.mode && hasOwnerOf(other) && hasAttributesOf(other);
  }
}
