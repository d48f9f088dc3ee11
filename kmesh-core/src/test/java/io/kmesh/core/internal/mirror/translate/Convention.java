// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileType;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The objects that other tools write for an entry, made without Kmesh's codecs: by the tables of
 * the services' documents. Two times have their dates written out.
 */
final class Convention {
  static final long MTIME = 1_700_000_000L;
  static final int MTIME_NANOS = 123_456_789;
  static final long ATIME = 1_600_000_001L;
  static final int ATIME_NANOS = 987_654_321;
  private static final String MTIME_DATE = "2023-11-14 22:13:20 +0000";
  private static final String MTIME_RFC = "2023-11-14T22:13:20";
  private static final String ATIME_RFC = "2020-09-13T12:26:41";

  private Convention() {}

  /**
   * What is known of an entry.
   *
   * @param uid -1 when nobody says it; the group is one more
   * @param mtimeNanos the fraction of {@link #MTIME}
   * @param hasNumber whether a device's number is said
   * @param atimeNanos the fraction of {@link #ATIME}; -1 when nobody says the time
   */
  record Known(
      FileType type, int mode, long uid, int mtimeNanos, int atimeNanos, boolean hasNumber) {}

  /** An object without its key's prefix. */
  record Written(String key, String body, Map<String, String> metadata) {}

  /** What of an entry a tool writes and reads again; empty when it can't say the type. */
  static Optional<Known> carried(MirrorDialect dialect, Known entry) {
    boolean isPlain =
        switch (entry.type()) {
          case REGULAR, DIRECTORY, SYMLINK -> true;
          default -> false;
        };
    int sticky = entry.mode() & 01777;
    return switch (dialect) {
      case FSX ->
          isPlain
              ? Optional.of(
                  new Known(
                      entry.type(),
                      sticky,
                      entry.uid(),
                      entry.mtimeNanos(),
                      entry.atimeNanos(),
                      false))
              : Optional.empty();
      case AMLFS ->
          isPlain
              ? Optional.of(new Known(entry.type(), sticky, entry.uid(), 0, -1, false))
              : Optional.empty();
      case GOOGLE ->
          isPlain
              ? Optional.of(
                  new Known(
                      entry.type(),
                      entry.mode() & 0777,
                      entry.uid(),
                      0,
                      entry.atimeNanos() < 0 ? -1 : 0,
                      false))
              : Optional.empty();
      case GCSFUSE ->
          isPlain
              ? Optional.of(
                  new Known(entry.type(), usual(entry.type()), -1, entry.mtimeNanos(), -1, false))
              : Optional.empty();
      case AZCOPY, RCLONE, S3FS ->
          Optional.of(
              new Known(
                  entry.type(),
                  sticky,
                  entry.uid(),
                  entry.mtimeNanos(),
                  entry.atimeNanos(),
                  entry.hasNumber() && dialect != MirrorDialect.S3FS));
    };
  }

  private static int usual(FileType type) {
    return switch (type) {
      case DIRECTORY -> 0755;
      case SYMLINK -> 0777;
      default -> 0644;
    };
  }

  private static int stMode(Known entry) {
    int type =
        switch (entry.type()) {
          case REGULAR -> 0100000;
          case DIRECTORY -> 0040000;
          case SYMLINK -> 0120000;
          case FIFO -> 0010000;
          case SOCKET -> 0140000;
          case CHARACTER_DEVICE -> 0020000;
          case BLOCK_DEVICE -> 0060000;
        };
    return type | entry.mode();
  }

  private static boolean isDevice(Known entry) {
    return entry.type() == FileType.CHARACTER_DEVICE || entry.type() == FileType.BLOCK_DEVICE;
  }

  /** The object of an entry; a device is number 5:1, which st_rdev packs as 1281. */
  static Written written(MirrorDialect dialect, String path, Known entry) {
    boolean isDirectory = entry.type() == FileType.DIRECTORY;
    boolean hasSlash = dialect != MirrorDialect.AMLFS && dialect != MirrorDialect.AZCOPY;
    String body =
        switch (entry.type()) {
          case REGULAR -> "content";
          case SYMLINK -> dialect == MirrorDialect.GCSFUSE ? "" : "../elsewhere";
          default -> "";
        };
    return new Written(isDirectory && hasSlash ? path + "/" : path, body, metadata(dialect, entry));
  }

  private static Map<String, String> metadata(MirrorDialect dialect, Known e) {
    Map<String, String> m = new TreeMap<>();
    boolean hasOwner = e.uid() >= 0;
    boolean hasAtime = e.atimeNanos() >= 0;
    String uid = Long.toString(e.uid());
    String gid = Long.toString(e.uid() + 1);
    switch (dialect) {
      case FSX -> {
        m.put("file-permissions", String.format(Locale.ROOT, "%07o", stMode(e)));
        m.put("file-mtime", MTIME + String.format(Locale.ROOT, "%09dns", e.mtimeNanos()));
        put(m, hasOwner, "file-owner", uid);
        put(m, hasOwner, "file-group", gid);
        put(m, hasAtime, "file-atime", ATIME + nine(e.atimeNanos()) + "ns");
      }
      case AMLFS -> {
        m.put("permissions", String.format(Locale.ROOT, "%04o", e.mode()));
        m.put("modtime", MTIME_DATE);
        put(m, hasOwner, "owner", uid);
        put(m, hasOwner, "group", gid);
        put(m, e.type() == FileType.DIRECTORY, "hdi_isfolder", "true");
        put(m, e.type() == FileType.SYMLINK, "ftype", "LNK");
      }
      case AZCOPY -> {
        m.put("permissions", Integer.toString(stMode(e)));
        m.put("modtime", MTIME + nine(e.mtimeNanos()));
        put(m, hasOwner, "posix_owner", uid);
        put(m, hasOwner, "posix_group", gid);
        put(m, hasAtime, "posix_atime", ATIME + nine(e.atimeNanos()));
        put(m, isDevice(e) && e.hasNumber(), "posix_rdev", "1281");
        put(m, e.type() == FileType.DIRECTORY, "hdi_isfolder", "true");
        put(m, e.type() == FileType.SYMLINK, "is_symlink", "true");
        put(m, e.type() == FileType.FIFO, "is_fifo", "true");
        put(m, e.type() == FileType.SOCKET, "is_socket", "true");
        put(m, e.type() == FileType.CHARACTER_DEVICE, "is_char_dev", "true");
        put(m, e.type() == FileType.BLOCK_DEVICE, "is_block_dev", "true");
      }
      case GOOGLE -> {
        m.put("goog-reserved-posix-mode", String.format(Locale.ROOT, "%03o", e.mode()));
        m.put("goog-reserved-file-mtime", Long.toString(MTIME));
        put(m, hasOwner, "goog-reserved-posix-uid", uid);
        put(m, hasOwner, "goog-reserved-posix-gid", gid);
        put(m, hasAtime, "goog-reserved-file-atime", Long.toString(ATIME));
        put(m, e.type() == FileType.SYMLINK, "goog-reserved-file-is-symlink", "true");
      }
      case GCSFUSE -> {
        m.put("gcsfuse_mtime", MTIME_RFC + "." + nine(e.mtimeNanos()) + "Z");
        put(m, e.type() == FileType.SYMLINK, "gcsfuse_symlink_target", "../elsewhere");
      }
      case RCLONE -> {
        m.put("mode", "0" + Integer.toOctalString(stMode(e)));
        put(m, !isDevice(e) || e.hasNumber(), "rdev", isDevice(e) ? "501" : "0");
        m.put("mtime", MTIME + "." + nine(e.mtimeNanos()));
        put(m, hasOwner, "uid", uid);
        put(m, hasOwner, "gid", gid);
        String fraction = e.atimeNanos() == 0 ? "" : "." + nine(e.atimeNanos());
        put(m, hasAtime, "atime", ATIME_RFC + fraction + "Z");
      }
      case S3FS -> {
        m.put("mode", Integer.toString(stMode(e)));
        m.put("mtime", MTIME + "." + nine(e.mtimeNanos()));
        m.put("ctime", MTIME + "." + nine(e.mtimeNanos()));
        put(m, hasOwner, "uid", uid);
        put(m, hasOwner, "gid", gid);
        put(m, hasAtime, "atime", ATIME + "." + nine(e.atimeNanos()));
      }
    }
    return m;
  }

  private static void put(Map<String, String> map, boolean isSaid, String name, String value) {
    if (isSaid) {
      map.put(name, value);
    }
  }

  private static String nine(int nanos) {
    return String.format(Locale.ROOT, "%09d", nanos);
  }
}
