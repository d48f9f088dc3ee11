// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kills a writing process at seeded points: each commit that it said is there, none is half. */
@Tag("crash")
final class OrderedFileCrashTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void open_afterKill_holdsEveryCommit(long seed) throws Exception {
    Random random = new Random(seed);
    Path file = directory.resolve("flow.db");
    int said = killAfter(file, seed, 1 + random.nextInt(600), random.nextInt(3_000_000));
    try (OrderedFile store = OrderedChild.open(file)) {
      store.verify();
      // One commit may be done and not yet said.
      assertThat(
              holds(store, OrderedChild.after(seed, said))
                  || holds(store, OrderedChild.after(seed, said + 1)))
          .as("seed %d after %d commits", seed, said)
          .isTrue();
    }
  }

  private static int killAfter(Path file, long seed, int lines, long nanos)
      throws IOException, InterruptedException {
    Process child = OrderedChild.command(file, seed).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
    String last = "0";
    for (int i = 0; i < lines; i++) {
      last = String.valueOf(out.readLine());
    }
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    child.toHandle().destroyForcibly(); // Process's own would close what it had said
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      last = line;
    }
    child.waitFor();
    return Integer.parseInt(last);
  }

  private static boolean holds(OrderedFile store, long[] numbers) throws IOException {
    for (int key = 0; key < OrderedChild.KEYS; key++) {
      byte[] value = store.get(OrderedChild.key(key));
      if (numbers[key] == 0
          ? value != null
          : value == null || !Arrays.equals(value, OrderedChild.value(numbers[key]))) {
        return false;
      }
    }
    return true;
  }
}
