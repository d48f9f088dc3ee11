// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Locale;

/**
 * What is left of a path where neither case nor Unicode's form counts. Names that a file system of
 * that kind takes for one are one here; some more may be, as with letters whose capital is two
 * letters.
 */
final class FoldedName {
  /** Bytes that are no UTF-8 become characters that no name of UTF-8 has. */
  private static final int NOT_UTF8 = 0x10_0000;

  private FoldedName() {}

  static String of(PathBytes path) {
    byte[] bytes = path.toBytes();
    StringBuilder text = new StringBuilder(bytes.length);
    for (int i = 0; i < bytes.length; ) {
      int length = Utf8.lengthAt(bytes, i, bytes.length);
      text.appendCodePoint(
          length == 0 ? NOT_UTF8 + (bytes[i] & 0xff) : Utf8.codePointAt(bytes, i, length));
      i += Math.max(1, length);
    }
    String upper = Normalizer.normalize(text, Normalizer.Form.NFD).toUpperCase(Locale.ROOT);
    return Normalizer.normalize(upper.toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
  }

  /** 64 bits of a digest of it. */
  static long digest(PathBytes path) {
    return first(of(path).getBytes(StandardCharsets.UTF_8));
  }

  /** 64 bits of a digest of the path as it is. */
  static long exact(PathBytes path) {
    return first(path.toBytes());
  }

  private static long first(byte[] bytes) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
