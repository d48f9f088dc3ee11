// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Paths of what flows keep in trees, which no store shows: those whose first name begins with
 * {@code .kmesh-}, and those with a name that begins with {@code .kmesh~}. Stateless.
 */
final class OwnNames {
  private static final byte[] TOP = ".kmesh-".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TEMPORARY = ".kmesh~".getBytes(StandardCharsets.US_ASCII);

  private OwnNames() {}

  /** Whether a path is one of them. */
  static boolean isOwn(PathBytes path) {
    byte[] bytes = path.toBytes();
    if (startsWith(bytes, 0, TOP) || startsWith(bytes, 0, TEMPORARY)) {
      return true;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '/' && startsWith(bytes, i + 1, TEMPORARY)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] bytes, int from, byte[] prefix) {
    return bytes.length - from >= prefix.length
        && Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
  }
}
