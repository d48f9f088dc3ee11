// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.testkit.lustre.ChangelogAdmin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The server's side of all changelogs. Thread-safe. */
final class ChangelogServer implements ChangelogAdmin {
  private final Changelogs logs;

  ChangelogServer(Changelogs logs) {
    this.logs = logs;
  }

  @Override
  public String register(int mdt, Optional<String> name) throws IOException {
    return logs.register(mdt, name);
  }

  @Override
  public void deregister(int mdt, String user) throws IOException {
    logs.checked(mdt).deregister(user);
  }

  @Override
  public List<User> users(int mdt) throws IOException {
    List<User> users = new ArrayList<>();
    for (ChangelogUserState u : logs.checked(mdt).users()) {
      users.add(new User(u.id(), u.cleared(), u.active()));
    }
    return users;
  }

  @Override
  public long lastIndex(int mdt) throws IOException {
    return logs.checked(mdt).lastIndex();
  }

  @Override
  public Set<ChangelogType> mask(int mdt) throws IOException {
    long mask = logs.checked(mdt).mask();
    EnumSet<ChangelogType> types = EnumSet.noneOf(ChangelogType.class);
    for (ChangelogType type : ChangelogType.values()) {
      if ((mask & 1L << type.code()) != 0) {
        types.add(type);
      }
    }
    return types;
  }

  @Override
  public void changeMask(int mdt, Set<ChangelogType> types) throws IOException {
    long mask = 0;
    for (ChangelogType type : types) {
      mask |= 1L << type.code();
    }
    logs.checked(mdt).changeMask(mask);
  }

  @Override
  public void inject(
      int mdt,
      ChangelogType type,
      Fid fid,
      Fid parent,
      PathBytes name,
      Optional<ChangelogRecord.RenameSource> source)
      throws IOException {
    logs.checked(mdt)
        .inject(
            new RecordDraft(type, 0, fid, parent, name, source.orElse(null), null, 0),
            logs.attribution());
  }

  @Override
  public void changeIdleLimit(int mdt, Optional<Duration> maxIdle, Duration interval)
      throws IOException {
    logs.checked(mdt).changeCollection(maxIdle.orElse(null), interval);
  }
}
