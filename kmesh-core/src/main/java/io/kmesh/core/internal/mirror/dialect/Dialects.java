// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All dialects. Thread-safe. */
public final class Dialects {
  private static final Map<MirrorDialect, Codec> CODECS = new EnumMap<>(MirrorDialect.class);

  static {
    for (Codec codec :
        List.of(
            new FsxCodec(),
            new AmlfsCodec(),
            new AzCopyCodec(),
            new GoogleCodec(),
            new GcsfuseCodec(),
            new RcloneCodec(),
            new S3fsCodec())) {
      CODECS.put(codec.dialect(), codec);
    }
  }

  private Dialects() {}

  /** The dialects that metadata has words of, the one that is believed first. */
  public static List<MirrorDialect> of(Map<String, String> metadata) {
    Map<String, String> lower = lower(metadata);
    return CODECS.values().stream().filter(c -> c.isIn(lower)).map(Codec::dialect).toList();
  }

  /** What each dialect says that metadata has words of, the one that is believed first. */
  static List<Saying> sayings(Map<String, String> metadata) {
    Map<String, String> lower = lower(metadata);
    List<Saying> sayings = new ArrayList<>();
    for (Codec codec : CODECS.values()) {
      if (codec.isIn(lower)) {
        Saying saying = new Saying(codec.dialect());
        codec.read(lower, saying);
        sayings.add(saying);
      }
    }
    return sayings;
  }

  /** The words of a dialect for an entry. */
  public static Map<String, String> write(MirrorDialect dialect, FileStat stat) {
    return codec(dialect).write(stat);
  }

  /**
   * The words of a dialect for an entry in a store. rclone says times of modification as seconds in
   * S3 and as dates in Azure and Google Cloud, and takes what it can't read for the year 1.
   */
  public static Map<String, String> write(MirrorDialect dialect, FileStat stat, URI store) {
    Map<String, String> words = new TreeMap<>(write(dialect, stat));
    if (dialect == MirrorDialect.RCLONE
        && ("az".equals(store.getScheme()) || "gs".equals(store.getScheme()))) {
      Texts.rfc3339Of(stat.mtime()).ifPresent(date -> words.put(RcloneCodec.MTIME, date));
    }
    return words;
  }

  /** The words of all dialects that change without a change of the entry. */
  public static Set<String> passing() {
    Set<String> names = new TreeSet<>();
    CODECS.values().forEach(codec -> names.addAll(codec.passing()));
    return names;
  }

  /** The first dialect whose words say another mode, owner, group or time than Kmesh's own. */
  public static Optional<MirrorDialect> contradiction(
      Map<String, String> metadata, MirrorAttributes own) throws ProviderException {
    if (metadata.keySet().stream().allMatch(MirrorAttributes::isOwn)) {
      return Optional.empty();
    }
    Optional<Integer> mode = own.mode();
    Optional<Long> uid = own.number(MirrorAttributes.UID, 0xffffffffL);
    Optional<Long> gid = own.number(MirrorAttributes.GID, 0xffffffffL);
    Optional<Long> mtime = own.time(MirrorAttributes.MTIME).map(FileTime::seconds);
    for (Saying saying : sayings(metadata)) {
      Map<Attribute, Object> said = saying.said();
      Optional<Long> time = saying.time(Attribute.MTIME).map(FileTime::seconds);
      if (differ(said.get(Attribute.PERMISSIONS), mode.map(m -> m & 0777))
          || differ(said.get(Attribute.UID), uid)
          || differ(said.get(Attribute.GID), gid)
          || differ(time.orElse(null), mtime)) {
        return Optional.of(saying.dialect());
      }
    }
    return Optional.empty();
  }

  private static boolean differ(@Nullable Object said, Optional<?> own) {
    return said != null && own.isPresent() && !said.equals(own.get());
  }

  /**
   * What of an entry a reader of the dialect will not see, apart from fractions of seconds.
   *
   * @param stat the entry
   * @param hasXattrs whether it has extended attributes
   */
  public static Set<Attribute> losses(MirrorDialect dialect, FileStat stat, boolean hasXattrs) {
    Set<Attribute> present =
        EnumSet.of(
            Attribute.PERMISSIONS, Attribute.UID, Attribute.GID, Attribute.MTIME, Attribute.ATIME);
    boolean isDevice =
        stat.type() == FileType.BLOCK_DEVICE || stat.type() == FileType.CHARACTER_DEVICE;
    if (isDevice) {
      present.add(Attribute.RDEV);
    }
    if ((stat.mode() & 01000) != 0) {
      present.add(Attribute.STICKY);
    }
    if ((stat.mode() & 06000) != 0) {
      present.add(Attribute.SET_ID);
    }
    if (hasXattrs) {
      present.add(Attribute.XATTRS);
    }
    if (stat.links() > 1 && stat.type() != FileType.DIRECTORY) {
      present.add(Attribute.HARD_LINKS);
    }
    present.removeAll(codec(dialect).carries());
    if (!showsType(dialect, stat.type())) {
      present.add(Attribute.TYPE);
    }
    return present;
  }

  private static boolean showsType(MirrorDialect dialect, FileType type) {
    return switch (type) {
      case REGULAR, DIRECTORY, SYMLINK -> true;
      case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE ->
          dialect == MirrorDialect.AZCOPY
              || dialect == MirrorDialect.RCLONE
              || dialect == MirrorDialect.S3FS;
    };
  }

  private static Codec codec(MirrorDialect dialect) {
    return Optional.ofNullable(CODECS.get(dialect)).orElseThrow();
  }

  /** Azure's names keep the case in which they were written; some tools write a capital first. */
  private static Map<String, String> lower(Map<String, String> metadata) {
    Map<String, String> lower = new TreeMap<>();
    metadata.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    return lower;
  }
}
