// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.core.internal.time.SystemTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Another process that writes an ordered store for ever and says each commit. Its arguments are the
 * file and the seed.
 */
final class OrderedChild {
  static final int KEYS = 3_000;
  private static final int BATCH = 40;

  private OrderedChild() {}

  static ProcessBuilder command(Path file, long seed) {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                OrderedChild.class.getName(),
                file.toString(),
                "" + seed))
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  static OrderedFile open(Path file) throws IOException {
    // Few changes in memory, so that kills meet them on the way into the blocks.
    return OrderedFile.open(file, SqliteStore.Use.LOCAL, SystemTime.INSTANCE, 60_000);
  }

  /** What the store holds after some commits: the number of the last commit that put each key. */
  static long[] after(long seed, int commits) {
    long[] numbers = new long[KEYS];
    Random random = new Random(seed);
    for (int commit = 1; commit <= commits; commit++) {
      for (int i = 0; i < BATCH; i++) {
        int key = random.nextInt(KEYS);
        numbers[key] = random.nextInt(4) == 0 ? 0 : commit;
      }
    }
    return numbers;
  }

  static byte[] key(int number) {
    return ByteBuffer.allocate(20).putInt(16, number).array();
  }

  static byte[] value(long commit) {
    byte[] value = new byte[80];
    Arrays.fill(value, (byte) commit);
    return ByteBuffer.wrap(value).putLong(0, commit).array();
  }

  public static void main(String[] arguments) throws IOException {
    OrderedFile store = open(Path.of(arguments[0]));
    Random random = new Random(Long.parseLong(arguments[1]));
    for (int commit = 1; ; commit++) {
      for (int i = 0; i < BATCH; i++) {
        byte[] key = key(random.nextInt(KEYS));
        if (random.nextInt(4) == 0) {
          store.remove(key);
        } else {
          store.put(key, value(commit));
        }
      }
      store.commit();
      System.out.println(commit);
      System.out.flush();
    }
  }
}
