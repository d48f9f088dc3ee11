// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.Additions;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.snapshots.AccessRule;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a snapshot says of itself.
 *
 * @param id 16 hexadecimal digits
 * @param name for people; need not be unique
 * @param time when it was begun
 * @param source what was taken
 * @param host where
 * @param tags what its taker says of it
 * @param files regular files
 * @param directories directories, the top included
 * @param others links, devices and the like
 * @param bytes of all regular files
 * @param problems how many entries could not be taken as they are
 * @param cut the cut that it is a part of
 * @param cutSnapshots how many snapshots that has; 1 without a cut
 * @param access who may see what; none for all
 */
public record SnapshotInfo(
    String id,
    String name,
    Instant time,
    String source,
    String host,
    Map<String, String> tags,
    long files,
    long directories,
    long others,
    long bytes,
    long problems,
    Optional<String> cut,
    int cutSnapshots,
    List<AccessRule> access) {
  /** Copies and sorts the tags. */
  public SnapshotInfo {
    access = List.copyOf(access);
    tags = Collections.unmodifiableMap(new TreeMap<>(tags));
  }

  static SnapshotInfo of(Manifest m) {
    return new SnapshotInfo(
        m.id(),
        m.name(),
        m.time(),
        m.source(),
        m.host(),
        m.tags(),
        m.files(),
        m.directories(),
        m.others(),
        m.bytes(),
        m.problems(),
        m.more().cut().map(Additions.Cut::id),
        m.more().cut().map(Additions.Cut::snapshots).orElse(1),
        m.more().access());
  }
}
