// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name that a file has beside its own until it is whole: the same one each time, so that what a
 * killed process left is found, and short, whatever the file's name.
 */
public final class AsideName {
  private static final String BEGIN = ".kmesh-copy.";
  private static final byte[] PREFIX = BEGIN.getBytes(StandardCharsets.US_ASCII);

  private AsideName() {}

  /** The name beside a name. */
  public static PathBytes of(PathBytes name) {
    return of(BEGIN, name.toBytes());
  }

  /** A name made of bytes that have no other's: a prefix, and 128 bits of their SHA-256. */
  public static PathBytes of(String prefix, byte[] what) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(what);
      String name = prefix + HexFormat.of().formatHex(digest, 0, 16);
      return PathBytes.of(name.getBytes(StandardCharsets.US_ASCII));
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
