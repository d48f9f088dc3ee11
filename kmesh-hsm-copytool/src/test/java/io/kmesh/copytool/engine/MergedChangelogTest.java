// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.KmeshException;
import io.kmesh.lustre.Changelog;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.MergedChangelog;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The changelogs of several MDTs as one: simulated ones, and lists of records. */
class MergedChangelogTest {
  @TempDir Path directory;

  /** Logs that are lists. */
  private static final class Lists implements Changelog {
    private final Map<Integer, List<ChangelogRecord>> logs = new HashMap<>();
    private int reads;

    void add(int mdt, long index, long second) {
      logs.computeIfAbsent(mdt, m -> new ArrayList<>())
          .add(
              new ChangelogRecord(
                  mdt,
                  index,
                  ChangelogType.CREAT.code(),
                  0,
                  Instant.ofEpochSecond(second),
                  new Fid(1, 2, 0),
                  new Fid(1, 1, 0),
                  PathBytes.of("f"),
                  null,
                  null,
                  null,
                  null,
                  0));
    }

    @Override
    public List<Integer> mdts() {
      return List.of(0, 1);
    }

    @Override
    public List<ChangelogRecord> read(int mdt, long fromIndex, int limit) {
      reads++;
      return logs.getOrDefault(mdt, List.of()).stream()
          .filter(record -> record.index() >= fromIndex)
          .limit(limit)
          .toList();
    }

    @Override
    public long forEach(int mdt, long fromIndex, Consumer<ChangelogRecord> consumer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void clear(int mdt, String user, long upToIndex) {
      throw new UnsupportedOperationException();
    }
  }

  private static List<String> places(List<ChangelogRecord> records) {
    return records.stream().map(record -> record.mdt() + ":" + record.index()).toList();
  }

  @Test
  void next_ofSeveralMdts_goesByTimesAndKeepsEachOrder() {
    Lists logs = new Lists();
    logs.add(0, 1, 10);
    logs.add(0, 2, 30);
    logs.add(0, 3, 20); // a clock that went back
    logs.add(1, 7, 15);
    logs.add(1, 9, 40);
    MergedChangelog all = logs.merged(Map.of());
    assertThat(places(all.next(2))).containsExactly("0:1", "1:7");
    assertThat(all.position()).isEqualTo(Map.of(0, 2L, 1, 8L));
    assertThat(places(all.next(100))).containsExactly("0:2", "0:3", "1:9");
    assertThat(all.next(100)).isEmpty();
    assertThat(all.passedOver()).isEqualTo(Map.of(0, 0L, 1, 1L));

    logs.add(0, 4, 1);
    assertThat(places(all.next(100))).containsExactly("0:4");
    assertThat(places(logs.merged(all.position()).next(9))).isEmpty();
    assertThat(logs.merged(Map.of(1, 3L)).next(1)).hasSize(1);
    assertThatThrownBy(() -> all.next(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> logs.merged(Map.of(0, -1L)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void next_inAnySteps_givesEachRecordOnce() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Lists logs = new Lists();
    for (int mdt = 0; mdt < 2; mdt++) {
      long index = 0;
      for (int i = 0; i < 2500; i++) {
        index += 1 + random.nextInt(3);
        logs.add(mdt, index, i);
      }
    }
    MergedChangelog all = logs.merged(Map.of());
    List<ChangelogRecord> found = new ArrayList<>();
    for (int i = 0; found.size() < 5000; i++) {
      found.addAll(all.next(1 + random.nextInt(700)));
      if (random.nextInt(5) == 0) {
        all = logs.merged(all.position());
      }
      assertThat(i).as("seed %s", seed).isLessThan(10_000);
    }
    assertThat(found).as("seed %s", seed).isSortedAccordingTo(MergedChangelogTest::byTime);
    for (int mdt : logs.mdts()) {
      assertThat(found.stream().filter(record -> record.mdt() == mdt))
          .as("seed %s", seed)
          .containsExactlyElementsOf(logs.logs.get(mdt));
    }
    assertThat(all.next(10)).isEmpty();
    assertThat(logs.reads).isLessThan(1000);
  }

  private static int byTime(ChangelogRecord a, ChangelogRecord b) {
    return a.time().compareTo(b.time());
  }

  @Test
  void clear_ofASimulatedLustre_freesWhatWasGiven_andTellsAUserThatIsGone() throws IOException {
    try (Lab lab = Lab.open(directory)) {
      Map<Integer, String> users = new HashMap<>();
      for (int mdt : lab.cluster.changelog().mdts()) {
        users.put(mdt, lab.lustre.changelogAdmin().register(mdt, Optional.empty()));
      }
      for (int i = 0; i < 6; i++) {
        Files.createDirectory(lab.path("d" + i));
        Files.writeString(lab.path("d" + i + "/f"), "content");
      }
      MergedChangelog all = lab.cluster.changelog().merged(Map.of());
      assertThat(all.clear(users)).as("nothing was given").isEmpty();
      List<ChangelogRecord> records = all.next(100_000);
      assertThat(records.stream().map(ChangelogRecord::mdt)).contains(0, 1);
      assertThat(all.clear(users)).isEmpty();
      IntStream.of(0, 1)
          .forEach(mdt -> assertThat(lab.cluster.changelog().read(mdt, 0, 100)).isEmpty());

      Files.createDirectory(lab.path("late"));
      lab.lustre.changelogAdmin().deregister(1, users.get(1));
      assertThat(all.next(100)).isNotEmpty();
      assertThat(all.clear(users)).containsExactly(1);
      assertThat(all.clear(Map.of())).isEmpty();
      MergedChangelog ahead = lab.cluster.changelog().merged(Map.of(0, 1_000_000L));
      assertThatThrownBy(() -> ahead.clear(Map.of(0, users.get(0))))
          .isInstanceOf(KmeshException.class);
    }
  }
}
