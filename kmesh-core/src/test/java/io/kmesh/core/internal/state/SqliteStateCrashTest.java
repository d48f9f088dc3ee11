// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.state.StateRecord;
import io.kmesh.state.SqliteState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills a writing process at seeded points: what was acknowledged is there, nothing is half there.
 */
@Tag("crash")
final class SqliteStateCrashTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void open_afterKill_holdsEveryAcknowledgedBatch(long seed) throws Exception {
    Random random = new Random(seed);
    Path file = directory.resolve("state.db");
    Map<Integer, Integer> acknowledged =
        killAfter(file, 1 + random.nextInt(800), random.nextInt(3_000_000));
    if (random.nextBoolean()) {
      killWhileRecovering(file, random.nextInt(300));
    }
    assertWhole(file, acknowledged, "seed " + seed);
  }

  /**
   * Kills it after some acknowledgements and some more nanoseconds; gives the last of each thread.
   */
  private static Map<Integer, Integer> killAfter(Path state, int lines, long nanos)
      throws IOException, InterruptedException {
    Process child = StateChild.command(List.of(), state.toString(), "write").start();
    List<String> said = new ArrayList<>();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
    for (int i = 0; i <= lines; i++) {
      said.add(String.valueOf(out.readLine()));
    }
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    child.toHandle().destroyForcibly(); // Process's own would close what it had said
    out.lines().forEach(said::add); // what it had said before it died
    child.waitFor();
    Map<Integer, Integer> last = new HashMap<>();
    for (String line : said) {
      String[] words = line.split(" ", -1);
      if (words.length == 3 && words[0].equals("ack")) {
        last.merge(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Math::max);
      }
    }
    assertThat(last).isNotEmpty();
    return last;
  }

  private static void killWhileRecovering(Path state, long millis)
      throws IOException, InterruptedException {
    Process child = StateChild.command(List.of(), state.toString(), "commit", "0").start();
    child.waitFor(millis, TimeUnit.MILLISECONDS);
    child.destroyForcibly().waitFor();
  }

  private static void assertWhole(Path file, Map<Integer, Integer> acknowledged, String where)
      throws IOException {
    try (SqliteState state = SqliteState.at(file)) {
      state.verify();
      for (Map.Entry<Integer, Integer> thread : acknowledged.entrySet()) {
        List<StateRecord> records = new ArrayList<>();
        String after = "";
        List<StateRecord> page;
        do {
          page = state.scan("test", thread.getKey() + "/", after, 10_000);
          records.addAll(page);
          after = page.isEmpty() ? "" : page.get(page.size() - 1).key().id();
        } while (page.size() == 10_000);
        assertThat(records.size() % StateChild.BATCH).as(where + ": half a batch").isZero();
        int batches = records.size() / StateChild.BATCH;
        // One batch may be committed and not yet said.
        assertThat(batches).as(where).isBetween(thread.getValue() + 1, thread.getValue() + 2);
        for (int i = 0; i < records.size(); i++) {
          StateRecord record = records.get(i);
          assertThat(record.key())
              .as(where)
              .isEqualTo(
                  StateChild.key(thread.getKey(), i / StateChild.BATCH, i % StateChild.BATCH));
          assertThat(new String(record.payload(), StandardCharsets.UTF_8))
              .isEqualTo("payload of " + record.key().id());
        }
      }
    }
  }
}
