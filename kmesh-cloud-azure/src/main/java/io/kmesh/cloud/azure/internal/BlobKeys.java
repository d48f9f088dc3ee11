// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Keys that Azure would refuse, or worse, keep under another name: after "Naming and Referencing
 * Containers, Blobs, and Metadata" of Azure's documentation, and the paths that its front end and
 * HTTP clients normalise. Immutable.
 */
final class BlobKeys {
  private static final int MOST_SEGMENTS = 254;

  private final URI uri;

  BlobKeys(URI uri) {
    this.uri = uri;
  }

  /** Refuses a key that Azure would not keep exactly. */
  void check(String verb, String key) throws ProviderException {
    String reason = reason(key);
    if (reason != null) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot " + verb + " " + key + " in " + uri + ": " + reason + ". Use another key.");
    }
  }

  /** Why Azure would not keep this key exactly; null when it does. */
  static @Nullable String reason(String key) {
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c >= 0xfffe) {
        return String.format("Azure takes no character U+%04X in a name", (int) c);
      }
      if (c == '\\') {
        return "Azure turns \\ into /";
      }
    }
    String[] segments = key.split("/", -1);
    if (segments.length > MOST_SEGMENTS) {
      return "it has " + segments.length + " path segments, and Azure takes " + MOST_SEGMENTS;
    }
    for (String segment : segments) {
      if (segment.endsWith(".")) {
        return "Azure drops or resolves the dot at the end of the path segment \"" + segment + "\"";
      }
    }
    return null;
  }
}
