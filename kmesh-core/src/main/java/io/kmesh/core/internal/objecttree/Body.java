// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import org.jspecify.annotations.Nullable;

/** Where a file's bytes are. Immutable. */
sealed interface Body {
  /** Nowhere: the file is one hole, or has no bytes. */
  Body HOLES = new Holes();

  /** All holes. */
  record Holes() implements Body {}

  /**
   * In an object.
   *
   * @param key its key, without the prefix
   * @param etag the ETag of the object that has them
   * @param extents which of the file's bytes its body holds
   * @param sha256 of the whole content; null where nobody told it
   * @param bodySha256 of the body, where that is packed; else null, or where nobody told it
   * @param crc32c of the whole content; null where nobody told it
   */
  record InObject(
      String key,
      String etag,
      Extents extents,
      @Nullable Sha256 sha256,
      @Nullable Sha256 bodySha256,
      @Nullable Crc32c crc32c)
      implements Body {
    /** The body of an object, as its attributes say. */
    static InObject of(String key, String etag, MirrorAttributes attributes)
        throws ProviderException {
      return new InObject(
          key,
          etag,
          attributes.extents(),
          attributes.sha256(MirrorAttributes.SHA256).orElse(null),
          attributes.sha256(MirrorAttributes.BODY_SHA256).orElse(null),
          attributes.crc32c().orElse(null));
    }

    /** The same bytes in another object. */
    InObject at(String otherKey, String otherEtag) {
      return new InObject(otherKey, otherEtag, extents, sha256, bodySha256, crc32c);
    }
  }

  /**
   * In a spool file, until they are pushed.
   *
   * @param number which one
   */
  record Spooled(long number) implements Body {}
}
