// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** gcsfuse's: a time, and the text of a link in the metadata of an empty object. Only read. */
final class GcsfuseCodec implements Codec {
  private static final String MTIME = "gcsfuse_mtime";
  private static final String TARGET = "gcsfuse_symlink_target";

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.GCSFUSE;
  }

  @Override
  public boolean isIn(Map<String, String> metadata) {
    return metadata.containsKey(MTIME) || metadata.containsKey(TARGET);
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    saying.take(metadata, MTIME, Texts::rfc3339).ifPresent(t -> saying.say(Attribute.MTIME, t));
    saying
        .take(metadata, TARGET, GcsfuseCodec::text)
        .ifPresent(
            text -> {
              saying.type(FileType.SYMLINK);
              saying.linkText(text);
            });
  }

  private static Optional<PathBytes> text(String text) {
    return text.isEmpty() || text.indexOf(0) >= 0
        ? Optional.empty()
        : Optional.of(PathBytes.of(text));
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.of(Attribute.MTIME);
  }

  @Override
  public Set<String> passing() {
    return Set.of();
  }

  @Override
  public Map<String, String> write(FileStat stat) {
    throw new UnsupportedOperationException("Nothing is written for gcsfuse.");
  }
}
