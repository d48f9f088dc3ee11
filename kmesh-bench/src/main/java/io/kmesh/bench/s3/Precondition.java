// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.s3;

import com.sun.net.httpserver.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What If-Match and If-None-Match ask for.
 *
 * @param match an ETag, or null
 * @param isAbsent whether nothing may be there
 */
record Precondition(@Nullable String match, boolean isAbsent) {
  static Precondition of(Headers headers) {
    String match = headers.getFirst("If-Match");
    return new Precondition(
        match == null ? null : match.replace("\"", ""),
        "*".equals(headers.getFirst("If-None-Match")));
  }

  boolean holds(@Nullable StoredObject there) {
    if (isAbsent) {
      return there == null;
    }
    return match == null || (there != null && there.etag().equals(match));
  }
}
