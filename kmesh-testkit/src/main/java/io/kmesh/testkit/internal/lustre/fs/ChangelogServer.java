// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a server node may do with changelogs. Thread-safe. */
public final class ChangelogServer {
  /**
   * A registered user.
   *
   * @param id its id
   * @param cleared the largest index that it needs no more
   * @param active when it registered or cleared last
   */
  public record User(String id, long cleared, Instant active) {}

  private final Changelogs logs;

  ChangelogServer(Changelogs logs) {
    this.logs = logs;
  }

  /** Registers a user. */
  public String register(int mdt, Optional<String> name) throws IOException {
    return logs.register(mdt, name);
  }

  /** Deregisters a user. */
  public void deregister(int mdt, String user) throws IOException {
    logs.checked(mdt).deregister(user);
  }

  /** The users of an MDT. */
  public List<User> users(int mdt) throws IOException {
    List<User> users = new ArrayList<>();
    for (ChangelogUserState u : logs.checked(mdt).users()) {
      users.add(new User(u.id(), u.cleared(), u.active()));
    }
    return users;
  }

  /** The index of the last record of an MDT. */
  public long lastIndex(int mdt) throws IOException {
    return logs.checked(mdt).lastIndex();
  }

  /** The types of records that an MDT keeps, a bit for each type's code. */
  public long mask(int mdt) throws IOException {
    return logs.checked(mdt).mask();
  }

  /** Sets them. */
  public void changeMask(int mdt, long mask) throws IOException {
    logs.checked(mdt).changeMask(mask);
  }

  /** Sets when idle users are removed; null: never. */
  public void changeIdleLimit(int mdt, @Nullable Duration maxIdle, Duration minInterval)
      throws IOException {
    logs.checked(mdt).changeCollection(maxIdle, minInterval);
  }
}
