// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.lustre.Changelog;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Changelogs over a binding. Thread-safe. */
final class LustreChangelogService implements Changelog {
  private static final int BATCH = 1000;
  private static final int MOST = 100_000;

  private final LustreBinding lustre;

  LustreChangelogService(LustreBinding lustre) {
    this.lustre = lustre;
  }

  @Override
  public List<Integer> mdts() {
    return ClusterPaths.read(() -> lustre.identity().mdts());
  }

  @Override
  public List<ChangelogRecord> read(int mdt, long fromIndex, int limit) {
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException(
          "Cannot read " + limit + " records at once. Ask for 1 to " + MOST + ".");
    }
    List<ChangelogRecord> records = new ArrayList<>();
    return ClusterPaths.read(
        () -> {
          try (ChangelogCursor cursor = lustre.changelogs().open(mdt, fromIndex)) {
            while (records.size() < limit) {
              List<ChangelogRecord> batch = cursor.next(limit - records.size());
              if (batch.isEmpty()) {
                break;
              }
              records.addAll(batch);
            }
          }
          return records;
        });
  }

  @Override
  public long forEach(int mdt, long fromIndex, Consumer<ChangelogRecord> consumer) {
    return ClusterPaths.read(
        () -> {
          long next = fromIndex;
          try (ChangelogCursor cursor = lustre.changelogs().open(mdt, fromIndex)) {
            List<ChangelogRecord> batch;
            while (!(batch = cursor.next(BATCH)).isEmpty()) {
              for (ChangelogRecord record : batch) {
                consumer.accept(record);
                next = record.index() + 1;
              }
            }
          }
          return next;
        });
  }

  @Override
  public void clear(int mdt, String user, long upToIndex) {
    ClusterPaths.mutate(
        () -> {
          lustre.changelogs().clear(mdt, user, upToIndex);
          return user;
        });
  }
}
