// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A way in which others say POSIX attributes in an object's metadata; docs/format/dialects.md has
 * the names and their sources. The order is that of precedence: where two on one object disagree,
 * the first is believed.
 */
public enum MirrorDialect {
  /** Amazon FSx for Lustre, File Cache, DataSync and Storage Gateway: {@code file-permissions}. */
  FSX,
  /** Azure Managed Lustre and AzCopy's style of that name: {@code permissions} in octal. */
  AMLFS,
  /** AzCopy's own style and BlobFuse2: {@code permissions} in decimal, {@code posix_owner}. */
  AZCOPY,
  /** gcloud, gsutil and the Storage Transfer Service: {@code goog-reserved-posix-mode}. */
  GOOGLE,
  /** gcsfuse: {@code gcsfuse_mtime}. Only read. */
  GCSFUSE,
  /** rclone with {@code --metadata}: {@code mode} in octal with its type. */
  RCLONE,
  /** s3fs: {@code mode} in decimal. */
  S3FS;

  /** Its name in options, such as {@code fsx}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The dialect of a name. */
  public static Optional<MirrorDialect> of(String word) {
    return Arrays.stream(values()).filter(d -> d.word().equals(word)).findFirst();
  }

  /** Those that Kmesh writes. */
  public static List<MirrorDialect> written() {
    return Arrays.stream(values()).filter(d -> d != GCSFUSE).toList();
  }
}
