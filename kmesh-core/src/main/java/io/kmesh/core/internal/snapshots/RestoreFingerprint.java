// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * What a restore would replace, as it was seen: a path with what changes when its entry changes.
 * The form is that of docs/format/operations.md.
 *
 * @param path below the target
 * @param seen the first 8 bytes of the SHA-256 of both
 */
public record RestoreFingerprint(PathBytes path, long seen) {
  /** That of what is at a path. */
  public static RestoreFingerprint of(PathBytes path, FileStat stat) {
    FileTime mtime = stat.mtime();
    String facts =
        String.format(
            Locale.ROOT,
            "%s %d %d %d.%09d ",
            stat.type(),
            stat.size(),
            stat.inode(),
            mtime.seconds(),
            mtime.nanos());
    return new RestoreFingerprint(path, hash(facts, path));
  }

  /** That of a path where nothing is. */
  public static long ofMissing(PathBytes path) {
    return hash("missing ", path);
  }

  private static long hash(String facts, PathBytes path) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(facts.getBytes(StandardCharsets.US_ASCII));
      return ByteBuffer.wrap(digest.digest(path.toBytes())).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}
