// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import java.net.URI;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The names of the dialects' words, and the words of an entry of which not everything is known.
 * Names are in lower case. Sources: docs/format/dialects.md.
 */
public final class DialectWords {
  private static final Map<MirrorDialect, Set<String>> NAMES = new EnumMap<>(MirrorDialect.class);

  /** What a dialect's reader takes as not known when its word is missing. */
  private static final Map<MirrorDialect, Map<Attribute, String>> OPTIONAL =
      new EnumMap<>(MirrorDialect.class);

  static {
    NAMES.put(
        MirrorDialect.FSX,
        Set.of("file-permissions", "file-owner", "file-group", "file-mtime", "file-atime"));
    NAMES.put(
        MirrorDialect.AMLFS,
        Set.of("owner", "group", "permissions", "modtime", "ftype", "hdi_isfolder", "is_symlink"));
    NAMES.put(
        MirrorDialect.AZCOPY,
        Set.of(
            "permissions",
            "modtime",
            "posix_nlink",
            "posix_ino",
            "posix_dev",
            "posix_rdev",
            "posix_ctime",
            "posix_atime",
            "posix_owner",
            "posix_group",
            "is_symlink",
            "is_socket",
            "is_block_dev",
            "is_char_dev",
            "is_fifo",
            "hdi_isfolder"));
    NAMES.put(
        MirrorDialect.GOOGLE,
        Set.of(
            "goog-reserved-posix-mode",
            "goog-reserved-posix-uid",
            "goog-reserved-posix-gid",
            "goog-reserved-file-mtime",
            "goog-reserved-file-atime",
            "goog-reserved-file-is-symlink"));
    NAMES.put(MirrorDialect.GCSFUSE, Set.of("gcsfuse_mtime", "gcsfuse_symlink_target"));
    NAMES.put(
        MirrorDialect.RCLONE, Set.of("mode", "uid", "gid", "rdev", "mtime", "atime", "btime"));
    NAMES.put(MirrorDialect.S3FS, Set.of("mode", "uid", "gid", "mtime", "atime", "ctime"));
    optional(MirrorDialect.FSX, "file-owner", "file-group", "file-atime");
    optional(MirrorDialect.AMLFS, "owner", "group", "");
    optional(MirrorDialect.AZCOPY, "posix_owner", "posix_group", "posix_atime");
    optional(
        MirrorDialect.GOOGLE,
        "goog-reserved-posix-uid",
        "goog-reserved-posix-gid",
        "goog-reserved-file-atime");
    optional(MirrorDialect.RCLONE, "uid", "gid", "atime");
    optional(MirrorDialect.S3FS, "uid", "gid", "atime");
    OPTIONAL.getOrDefault(MirrorDialect.AZCOPY, Map.of()).put(Attribute.RDEV, "posix_rdev");
    OPTIONAL.getOrDefault(MirrorDialect.RCLONE, Map.of()).put(Attribute.RDEV, "rdev");
  }

  private DialectWords() {}

  private static void optional(MirrorDialect dialect, String uid, String gid, String atime) {
    Map<Attribute, String> words = new EnumMap<>(Attribute.class);
    words.put(Attribute.UID, uid);
    words.put(Attribute.GID, gid);
    words.put(Attribute.ATIME, atime);
    OPTIONAL.put(dialect, words);
  }

  /** The names that a dialect has. */
  public static Set<String> names(MirrorDialect dialect) {
    return NAMES.getOrDefault(dialect, Set.of());
  }

  /**
   * The words for an entry.
   *
   * @param unknown which of owner, group, access time and device number nobody said: they get no
   *     words, but for an owner that tells Managed Lustre's sticky permissions from AzCopy's
   *     decimals
   * @param store where they are written
   */
  public static Map<String, String> of(
      MirrorDialect dialect, FileStat stat, Set<Attribute> unknown, URI store) {
    Map<String, String> words = new TreeMap<>(Dialects.write(dialect, stat, store));
    if (!needsOwner(dialect, stat)) {
      Map<Attribute, String> optional = OPTIONAL.getOrDefault(dialect, Map.of());
      unknown.forEach(attribute -> words.remove(optional.getOrDefault(attribute, "")));
    }
    return words;
  }

  /** Whether an owner that nobody said is written as 0, so that permissions are read right. */
  public static boolean inventsOwner(MirrorDialect dialect, FileStat stat, Set<Attribute> unknown) {
    boolean isUnknown = unknown.contains(Attribute.UID) || unknown.contains(Attribute.GID);
    return isUnknown && needsOwner(dialect, stat);
  }

  private static boolean needsOwner(MirrorDialect dialect, FileStat stat) {
    return dialect == MirrorDialect.AMLFS && (stat.mode() & 01000) != 0;
  }
}
