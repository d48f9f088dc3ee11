// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The changelogs of all MDTs. Thread-safe. */
final class Changelogs implements LustreChangelogs, Closeable {
  private final List<ChangelogLog> logs;
  private final Attribution attribution;

  private Changelogs(List<ChangelogLog> logs, Attribution attribution) {
    this.logs = List.copyOf(logs);
    this.attribution = attribution;
  }

  static Changelogs open(
      Path directory, int mdts, KmeshTime time, Attribution attribution, StorageSteps steps)
      throws IOException {
    List<ChangelogLog> logs = new ArrayList<>();
    for (int mdt = 0; mdt < mdts; mdt++) {
      logs.add(ChangelogLog.open(mdt, directory.resolve("mdt" + mdt), time, steps));
    }
    return new Changelogs(logs, attribution);
  }

  Attribution attribution() {
    return attribution;
  }

  PendingRecords pending() {
    return new PendingRecords(this);
  }

  ChangelogLog log(int mdt) {
    return logs.get(mdt);
  }

  /** The log of an index from outside; ENODEV when there is no such MDT. */
  ChangelogLog checked(int mdt) throws ProviderException {
    if (mdt < 0 || mdt >= logs.size()) {
      throw Failures.of(
          Errno.ENODEV,
          "use the changelog of MDT",
          mdt,
          "this file system has " + logs.size() + " MDTs",
          "Name one of them.");
    }
    return logs.get(mdt);
  }

  @Override
  public ChangelogCursor open(int mdt, long fromIndex) throws IOException {
    return new LogCursor(checked(mdt), fromIndex);
  }

  @Override
  public void clear(int mdt, String user, long upToIndex) throws IOException {
    checked(mdt).clear(user, upToIndex);
  }

  @Override
  public String register(int mdt, Optional<String> name) throws IOException {
    return checked(mdt).register(name);
  }

  void sync() throws IOException {
    for (ChangelogLog log : logs) {
      log.sync();
    }
  }

  /** Closes the files without storing anything. */
  void drop() throws IOException {
    for (ChangelogLog log : logs) {
      log.drop();
    }
  }

  @Override
  public void close() throws IOException {
    for (ChangelogLog log : logs) {
      log.close();
    }
  }
}
