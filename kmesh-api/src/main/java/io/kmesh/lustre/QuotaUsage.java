// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a user, group or project uses of a file system, and may use. Source: {@code struct
 * obd_dqblk}.
 *
 * @param kind whose it is
 * @param id the user's, group's or project's number
 * @param space the space in use
 * @param softSpace the space from which the grace time runs; 0 for no limit
 * @param hardSpace the space that is never exceeded; 0 for no limit
 * @param spaceGraceEndsOrNull when the soft limit becomes hard; null while it is kept
 * @param files the number of files
 * @param softFiles the number from which the grace time runs; 0 for no limit
 * @param hardFiles the number that is never exceeded; 0 for no limit
 * @param filesGraceEndsOrNull when the soft limit becomes hard; null while it is kept
 */
public record QuotaUsage(
    QuotaKind kind,
    long id,
    DataSize space,
    DataSize softSpace,
    DataSize hardSpace,
    @Nullable Instant spaceGraceEndsOrNull,
    long files,
    long softFiles,
    long hardFiles,
    @Nullable Instant filesGraceEndsOrNull) {
  /** When the soft limit of space becomes hard; empty while it is kept. */
  public Optional<Instant> spaceGraceEnds() {
    return Optional.ofNullable(spaceGraceEndsOrNull);
  }

  /** When the soft limit of files becomes hard; empty while it is kept. */
  public Optional<Instant> filesGraceEnds() {
    return Optional.ofNullable(filesGraceEndsOrNull);
  }
}
