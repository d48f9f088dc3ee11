// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import io.kmesh.spi.store.ObjectInfo;
import java.time.Instant;
import java.util.Map;

/** Objects of tests. */
final class CacheObjects {
  private CacheObjects() {}

  /** An object whose ETag does not tell its metadata. */
  static ObjectInfo object(String key, int version, Instant time) {
    return new ObjectInfo(
        key,
        7,
        "0123456789abcdef",
        null,
        time,
        Map.of("kmesh-format", "mirror/0", "kmesh-type", "file", "version", "" + version),
        null);
  }

  /** As a listing shows it. */
  static ObjectInfo listed(ObjectInfo info) {
    return new ObjectInfo(
        info.key(), info.size(), info.etag(), null, info.lastModified(), Map.of(), null);
  }
}
