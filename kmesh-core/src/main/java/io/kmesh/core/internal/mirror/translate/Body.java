// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import org.jspecify.annotations.Nullable;

/** Where the bytes of a translated object come from. */
sealed interface Body {
  /** The bytes of the translated object. */
  long size();

  /**
   * Bytes that are here.
   *
   * @param bytes not changed by anybody
   */
  record Here(byte[] bytes) implements Body {
    @Override
    public long size() {
      return bytes.length;
    }
  }

  /**
   * The bytes of an object of the source; where it leaves holes out, they are zeros again.
   *
   * @param key without the source's prefix
   * @param info as it was looked at
   * @param extents which bytes of the file it holds
   * @param sha256OrNull the checksum that the file is known to have
   */
  record Stored(String key, ObjectInfo info, Extents extents, @Nullable Sha256 sha256OrNull)
      implements Body {
    @Override
    public long size() {
      return extents.size();
    }

    /** Whether the object holds just these bytes. */
    boolean isAsItIs() {
      return !extents.isPacked();
    }
  }
}
