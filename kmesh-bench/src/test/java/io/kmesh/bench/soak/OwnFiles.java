// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.soak;

import static io.kmesh.Durability.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.KmeshException;
import io.kmesh.lustre.Hsm;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A directory of files that one thread changes, archives, releases and reads, and knows by heart.
 */
final class OwnFiles {
  private static final Set<OpenFlag> READ = EnumSet.of(OpenFlag.READ);
  private static final Set<OpenFlag> REWRITE =
      EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE);
  private static final Set<OpenFlag> CHANGE = EnumSet.of(OpenFlag.READ, OpenFlag.WRITE);
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int MOST = 60;
  private static final int LARGE = 9 << 20; // above the part size: goes in parts

  private final PosixTree tree;
  private final Hsm hsm;
  private final PathBytes directory;
  private final Random random;
  private final Map<String, byte[]> content = new TreeMap<>();
  private final Map<String, Long> done = new TreeMap<>();
  private long next;

  OwnFiles(PosixTree tree, Hsm hsm, PathBytes directory, long seed) {
    this.tree = tree;
    this.hsm = hsm;
    this.directory = directory;
    this.random = new Random(seed);
  }

  /** What was done how often; after the thread ended. */
  Map<String, Long> done() {
    return done;
  }

  /** Does one thing. */
  void step() throws IOException {
    int dice = random.nextInt(100);
    if (content.isEmpty() || (dice < 20 && content.size() < MOST)) {
      write("create", "f" + next++);
    } else if (dice < 35) {
      write("rewrite", any());
    } else if (dice < 42) {
      changeByte(any());
    } else if (dice < 58) {
      String name = any();
      tolerated("archive", () -> hsm.archive(path(name), a -> a.durability(REMOTE)).await(LIMIT));
    } else if (dice < 62) {
      tolerated(
          "archive all", () -> hsm.archiveTree(directory, a -> a.durability(REMOTE)).await(LIMIT));
    } else if (dice < 74) {
      String name = any();
      tolerated("release", () -> hsm.release(path(name)).await(LIMIT));
    } else if (dice < 79) {
      String name = any();
      tolerated("recall", () -> hsm.recall(path(name)).await(LIMIT));
    } else if (dice < 88) {
      verify(any());
      count("read");
    } else if (dice < 93) {
      rename();
    } else if (dice < 96) {
      String name = any();
      tolerated("recall", () -> hsm.recall(path(name)).await(LIMIT));
      tolerated("remove the copy", () -> hsm.remove(path(name)).await(LIMIT));
    } else {
      remove(any());
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  /** What a fault made fail is counted; the end shows whether anything was lost. */
  private void tolerated(String what, Call call) throws IOException {
    try {
      call.run();
      count(what);
    } catch (io.kmesh.KmeshTimeoutException e) {
      throw e; // nothing hangs
    } catch (KmeshException e) {
      count(what + " failed (" + e.kind() + ")");
    }
  }

  private void count(String what) {
    done.merge(what, 1L, Long::sum);
  }

  private String any() {
    List<String> names = new ArrayList<>(content.keySet());
    return names.get(random.nextInt(names.size()));
  }

  private PathBytes path(String name) {
    return directory.resolve(PathBytes.of(name));
  }

  private void write(String what, String name) throws IOException {
    int size = random.nextInt(40) == 0 ? LARGE : random.nextInt(20_000);
    byte[] bytes = new byte[size];
    new SplittableRandom(random.nextLong()).nextBytes(bytes);
    try (PosixFile file = tree.openFile(path(name), REWRITE)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
    content.put(name, bytes);
    count(what);
  }

  private void changeByte(String name) throws IOException {
    byte[] bytes = content.get(name);
    if (bytes.length == 0) {
      return;
    }
    int at = random.nextInt(bytes.length);
    bytes[at]++;
    try (PosixFile file = tree.openFile(path(name), CHANGE)) {
      file.write(ByteBuffer.wrap(bytes, at, 1), at);
    }
    count("change");
  }

  private void rename() throws IOException {
    String from = any();
    boolean isSwap = random.nextBoolean() && content.size() > 1;
    String to = isSwap ? any() : "r" + next++;
    if (from.equals(to)) {
      return;
    }
    try (PosixDirectory open = tree.openDirectory(directory)) {
      open.rename(
          PathBytes.of(from),
          open,
          PathBytes.of(to),
          isSwap ? RenameMode.EXCHANGE : RenameMode.REPLACE);
    }
    byte[] moved = content.remove(from);
    byte[] other = content.put(to, moved);
    if (isSwap) {
      content.put(from, other);
    }
    count(isSwap ? "swap" : "rename");
  }

  private void remove(String name) throws IOException {
    try (PosixDirectory open = tree.openDirectory(directory)) {
      open.unlink(PathBytes.of(name));
    }
    content.remove(name);
    count("unlink");
  }

  /** Reads a file, restored when need be, and compares each byte. */
  private void verify(String name) throws IOException {
    byte[] expected = content.get(name);
    ByteBuffer found = ByteBuffer.allocate(expected.length + 1);
    try (PosixFile file = tree.openFile(path(name), READ)) {
      int n;
      do {
        n = file.read(found, found.position());
      } while (n > 0 && found.hasRemaining());
    }
    assertThat(found.flip()).as("%s", path(name)).isEqualTo(ByteBuffer.wrap(expected));
  }

  /** Compares all files. */
  void verifyAll() throws IOException {
    for (String name : content.keySet()) {
      verify(name);
    }
  }

  int size() {
    return content.size();
  }
}
