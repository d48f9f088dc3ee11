// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** AzCopy's own style: {@code st_mode} in decimal, times in nanoseconds, a mark for each type. */
final class AzCopyCodec implements Codec {
  private static final String OWNER = "posix_owner";
  private static final String GROUP = "posix_group";
  private static final String ATIME = "posix_atime";
  private static final String RDEV = "posix_rdev";
  private final AmlfsCodec amlfs = new AmlfsCodec();

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.AZCOPY;
  }

  @Override
  public boolean isIn(Map<String, String> metadata) {
    boolean hasOwn = metadata.containsKey(OWNER) || metadata.containsKey("posix_nlink");
    boolean hasShared =
        metadata.containsKey(AmlfsCodec.PERMISSIONS)
            || metadata.containsKey(AmlfsCodec.MTIME)
            || AzureTypes.isIn(metadata);
    return hasOwn || (hasShared && !amlfs.isIn(metadata));
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    if (!amlfs.isIn(metadata)) {
      saying
          .take(metadata, AmlfsCodec.PERMISSIONS, Texts::decimalMode)
          .ifPresent(
              mode -> {
                saying.mode(mode);
                Texts.type(mode).ifPresent(saying::type);
              });
    }
    AzureTypes.read(metadata).ifPresent(saying::type);
    saying.take(metadata, OWNER, Texts::id).ifPresent(id -> saying.say(Attribute.UID, id));
    saying.take(metadata, GROUP, Texts::id).ifPresent(id -> saying.say(Attribute.GID, id));
    saying
        .take(metadata, AmlfsCodec.MTIME, AmlfsCodec::time)
        .ifPresent(t -> saying.say(Attribute.MTIME, t));
    saying.take(metadata, ATIME, Texts::nanos).ifPresent(t -> saying.say(Attribute.ATIME, t));
    boolean isDevice =
        saying
            .type()
            .filter(t -> t == FileType.BLOCK_DEVICE || t == FileType.CHARACTER_DEVICE)
            .isPresent();
    if (isDevice) {
      saying.take(metadata, RDEV, Devices::decimal).ifPresent(d -> saying.say(Attribute.RDEV, d));
    }
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.complementOf(EnumSet.of(Attribute.XATTRS, Attribute.HARD_LINKS));
  }

  @Override
  public Set<String> passing() {
    return Set.of(ATIME);
  }

  @Override
  public Map<String, String> write(FileStat stat) {
    Map<String, String> words = new TreeMap<>();
    int mode = Texts.bits(stat.type()) | (stat.mode() & 07777);
    words.put(AmlfsCodec.PERMISSIONS, Integer.toString(mode));
    words.put(AmlfsCodec.MTIME, Texts.nanosOf(stat.mtime()));
    words.put(ATIME, Texts.nanosOf(stat.atime()));
    words.put(OWNER, Long.toString(stat.uid()));
    words.put(GROUP, Long.toString(stat.gid()));
    AzureTypes.markOf(stat.type()).ifPresent(mark -> words.put(mark, "true"));
    if (stat.type() == FileType.BLOCK_DEVICE || stat.type() == FileType.CHARACTER_DEVICE) {
      words.put(RDEV, Long.toUnsignedString(Devices.packed(stat.rdev())));
    }
    return words;
  }
}
