// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What {@code lctl} does with changelogs on the servers. Thread-safe. */
public interface ChangelogAdmin {
  /**
   * A registered user.
   *
   * @param id its id, such as {@code cl1} or {@code cl1-name}
   * @param cleared the largest index that it needs no more
   * @param active when it registered or cleared last
   */
  record User(String id, long cleared, Instant active) {}

  /** Registers a user; the first one of an MDT starts its log. */
  String register(int mdt, Optional<String> name) throws IOException;

  /**
   * Deregisters a user and frees what only it needed.
   *
   * @throws io.kmesh.spi.ProviderException ENOENT when it is not registered
   */
  void deregister(int mdt, String user) throws IOException;

  /** The users of an MDT. */
  List<User> users(int mdt) throws IOException;

  /** The index of the last record of an MDT; 0 when there was none. */
  long lastIndex(int mdt) throws IOException;

  /** The types of records that an MDT keeps. */
  Set<ChangelogType> mask(int mdt) throws IOException;

  /** Sets the types of records that an MDT keeps; MARK always is one. */
  void changeMask(int mdt, Set<ChangelogType> types) throws IOException;

  /**
   * Writes a record of something that the simulated servers do not do, so that readers can be shown
   * all types: MIGRT of a directory that moves to another MDT, FLRW and RESYNC of mirrored files,
   * EXT of old releases. Nothing else changes; the mask decides whether it is kept.
   *
   * @param parent the parent directory; {@link Fid#ZERO} where the type has none
   * @param name the entry's name; empty where the type has none
   * @param source what was moved from where, for RENME and MIGRT
   */
  void inject(
      int mdt,
      ChangelogType type,
      Fid fid,
      Fid parent,
      PathBytes name,
      Optional<ChangelogRecord.RenameSource> source)
      throws IOException;

  /**
   * Sets when idle users are removed ({@code changelog_gc}, {@code changelog_max_idle_time}, {@code
   * changelog_min_gc_interval}).
   *
   * @param maxIdle how long a user may stay without clearing; empty removes none
   * @param interval how often it is looked at, when records are written
   */
  void changeIdleLimit(int mdt, Optional<Duration> maxIdle, Duration interval) throws IOException;
}
