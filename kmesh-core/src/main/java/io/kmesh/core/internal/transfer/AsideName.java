// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The name that a file has beside its own until it is whole: the same one each time, so that what a
 * killed process left is found, and short, whatever the file's name.
 */
public final class AsideName {
  private static final byte[] PREFIX = ".kmesh-copy.".getBytes(StandardCharsets.US_ASCII);

  private AsideName() {}

  /** The name beside a name. */
  public static PathBytes of(PathBytes name) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.toBytes());
      byte[] digits = HexFormat.of().formatHex(digest, 0, 16).getBytes(StandardCharsets.US_ASCII);
      byte[] bytes = Arrays.copyOf(PREFIX, PREFIX.length + digits.length);
      System.arraycopy(digits, 0, bytes, PREFIX.length, digits.length);
      return PathBytes.of(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  /** Whether a name is one that is given here. */
  public static boolean isOne(PathBytes name) {
    if (name.length() < PREFIX.length) {
      return false;
    }
    for (int i = 0; i < PREFIX.length; i++) {
      if (name.at(i) != PREFIX[i]) {
        return false;
      }
    }
    return true;
  }
}
