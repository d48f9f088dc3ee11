// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.MirrorComparison;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorTree;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random changes of a tree that was pushed: a comparison names exactly the entries that another
 * reader of the tree, which knows nothing of mirrors, sees differ.
 */
class TreeVerifyModelTest {
  private static final int ENTRIES = 40;
  private static final int CHANGES = 12;
  private static final int PART = 64 << 10;

  @TempDir private Path dir;
  private Path top;
  private Random random;
  private final Set<String> silent = new TreeSet<>();

  private static Map<String, String> facts(PosixTree tree) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    TreeFacts.of(tree)
        .forEach((path, line) -> facts.put(path, line.replaceAll(" atime FileTime\\[[^]]*]", "")));
    return facts;
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> walk = Files.walk(top)) {
      return walk.filter(path -> !path.equals(top)).sorted().collect(Collectors.toList());
    }
  }

  private Path folder() throws IOException {
    List<Path> folders = new ArrayList<>(all());
    folders.removeIf(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
    folders.add(top);
    return folders.get(random.nextInt(folders.size()));
  }

  private void add() throws IOException {
    Path path = folder().resolve("n" + random.nextInt(1000) + (random.nextBoolean() ? " é" : ""));
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    switch (random.nextInt(5)) {
      case 0 -> Files.createDirectory(path);
      case 1 -> Files.createSymbolicLink(path, Path.of("to" + random.nextInt(9)));
      default -> {
        byte[] bytes = new byte[random.nextInt(8) == 0 ? PART + 5 : random.nextInt(300)];
        random.nextBytes(bytes);
        Files.write(path, bytes);
      }
    }
  }

  private static void remove(Path path) throws IOException {
    try (Stream<Path> walk = Files.walk(path)) {
      for (Path each : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private void change() throws IOException {
    List<Path> all = all();
    if (all.isEmpty()) {
      return;
    }
    Path path = all.get(random.nextInt(all.size()));
    boolean isFile = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    switch (random.nextInt(6)) {
      case 0 -> add();
      case 1 -> remove(path);
      case 2 -> {
        if (!Files.isSymbolicLink(path)) {
          Files.setPosixFilePermissions(
              path,
              PosixFilePermissions.fromString(random.nextBoolean() ? "rwx------" : "rwxr-x--x"));
        }
      }
      case 3 -> {
        if (!Files.isSymbolicLink(path)) {
          Files.setLastModifiedTime(path, FileTime.fromMillis(random.nextInt(1_000_000_000)));
        }
      }
      case 4 -> {
        if (isFile && Files.size(path) > 0) {
          // Other bytes of the same size and time: only the checksum tells.
          FileTime time = Files.getLastModifiedTime(path);
          byte[] bytes = Files.readAllBytes(path);
          bytes[random.nextInt(bytes.length)]++;
          Files.write(path, bytes);
          Files.setLastModifiedTime(path, time);
          silent.add(top.relativize(path).toString());
        }
      }
      default -> {
        if (isFile) {
          Files.delete(path);
          Files.createDirectory(path);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void comparison_namesWhatDiffers_andNothingElse(long seed) throws IOException {
    random = new Random(seed);
    top = Files.createDirectory(dir.resolve("tree"));
    try (MemoryStore store = MemoryStore.create();
        PosixTree tree = JnaPosix.open(top)) {
      for (int i = 0; i < ENTRIES; i++) {
        add();
      }
      mirror(store).export(tree, PathBytes.EMPTY);
      Map<String, String> before = facts(tree);
      for (int i = 0; i < CHANGES; i++) {
        change();
      }
      Map<String, String> after = facts(tree);
      Set<String> expected = new TreeSet<>(before.keySet());
      expected.addAll(after.keySet());
      expected.removeIf(path -> before.getOrDefault(path, "").equals(after.getOrDefault(path, "")));

      MirrorComparison found = mirror(store).verify(tree, PathBytes.EMPTY);

      assertThat(found.failedCount()).isZero();
      assertThat(paths(found)).as("seed %s", seed).isEqualTo(expected);

      mirror(store).conflicts(MirrorConflict.LOCAL_WINS).removeGone().export(tree, PathBytes.EMPTY);
      // A push goes by size and time: only a comparison sees what changed under both.
      assertThat(silent)
          .as("seed %s", seed)
          .containsAll(paths(mirror(store).deep().verify(tree, PathBytes.EMPTY)));
    }
  }

  private static Set<String> paths(MirrorComparison comparison) {
    Set<String> paths = new TreeSet<>();
    comparison.problems().forEach(outcome -> paths.add(outcome.path().orElseThrow().toString()));
    return paths;
  }

  private static MirrorTree mirror(MemoryStore store) {
    return MirrorTree.in(store, MirrorFixture.STILL).partSize(DataSize.ofBytes(PART));
  }
}
