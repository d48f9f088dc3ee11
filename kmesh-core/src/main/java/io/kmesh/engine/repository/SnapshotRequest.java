// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.snapshots.AccessRule;
import io.kmesh.spi.posix.PosixTree;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What to take a snapshot of.
 *
 * @param tree all of it; stays the caller's
 * @param name for people
 * @param source what it is, for people: the same of the same host is compared with the last of it
 * @param tags for people and policies
 * @param excludes globs of what is left out, directories with all in them; without a slash they are
 *     compared with names, else with paths below the top
 * @param full whether to read everything, whatever the snapshot before says
 * @param readReleased whether to read files on a Lustre, released ones too, which restores them
 * @param access who may see what; none for all
 */
public record SnapshotRequest(
    PosixTree tree,
    String name,
    String source,
    Map<String, String> tags,
    List<String> excludes,
    boolean full,
    boolean readReleased,
    List<AccessRule> access) {
  /** Copies the collections. */
  public SnapshotRequest {
    tags = Collections.unmodifiableMap(new TreeMap<>(tags));
    excludes = List.copyOf(excludes);
    access = List.copyOf(access);
  }
}
