// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** rclone and Kmesh on one bucket, each reading what the other one wrote. */
abstract class RcloneScenarios {
  private static final String REMOTE = "cloud:" + TestServers.BUCKET + "/";

  @TempDir Path folder;
  private ForeignProgram rclone;

  abstract ObjectStore bucket();

  /** rclone's settings of the server, without what all have. */
  abstract Map<String, String> remote();

  /** What of a tree rclone keeps on this store. */
  abstract Detail kept();

  @BeforeEach
  void findRclone() throws IOException {
    Map<String, String> environment = new TreeMap<>();
    Path home = Files.createDirectory(folder.resolve("home"));
    environment.put("RCLONE_CONFIG", Files.createFile(home.resolve("none.conf")).toString());
    environment.put("RCLONE_RETRIES", "1");
    environment.put("RCLONE_LOW_LEVEL_RETRIES", "3");
    environment.put("RCLONE_CONTIMEOUT", "10s");
    remote().forEach((name, value) -> environment.put("RCLONE_CONFIG_CLOUD_" + name, value));
    Optional<ForeignProgram> found = ForeignProgram.find("rclone", home, environment);
    assumeTrue(found.isPresent(), "rclone is not installed and no package of this system has it");
    rclone = found.get();
  }

  private String prefix(String name) {
    return getClass().getSimpleName() + "-" + folder.getFileName() + "/" + name;
  }

  private MirrorTree mirror(String name) {
    return MirrorTree.in(bucket(), RunningTime.instance())
        .prefix(prefix(name) + "/")
        .partSize(DataSize.ofMib(5));
  }

  private Path imported(MirrorTree mirror, String name) throws IOException {
    Path there = Files.createDirectory(folder.resolve(name));
    try (PosixTree tree = PosixTrees.open(there)) {
      assertThat(mirror.importTo(tree, PathBytes.EMPTY).failed()).isEmpty();
    }
    return there;
  }

  private static Map<String, String> files(Path tree, Detail detail) throws IOException {
    Map<String, String> facts = new TreeMap<>(TreeOnDisk.facts(tree, detail));
    facts.values().removeIf(line -> !line.startsWith("file"));
    return facts;
  }

  @Test
  void treeOfRclone_isImported_andFollowsItsChanges() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 11);
    tree.fillForOthers(30, 12 << 20);
    String to = REMOTE + prefix("theirs");
    rclone.run("copy", "--metadata", tree.root().toString(), to);
    MirrorTree mirror = mirror("theirs").foreign();
    assertThat(files(imported(mirror, "one"), kept())).isEqualTo(files(tree.root(), kept()));

    tree.storm(40);
    rclone.run("sync", "--metadata", tree.root().toString(), to);
    assertThat(files(imported(mirror, "two"), kept())).isEqualTo(files(tree.root(), kept()));
  }

  @Test
  void treeOfOurs_isReadByRclone() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 12);
    tree.fillForOthers(30, 12 << 20);
    try (PosixTree source = PosixTrees.open(tree.root())) {
      assertThat(
              mirror("ours").dialect(MirrorDialect.RCLONE).export(source, PathBytes.EMPTY).failed())
          .isEmpty();
    }
    Path there = folder.resolve("read");
    rclone.run(
        "copy", "--metadata", "--exclude", "/.kmesh/**", REMOTE + prefix("ours"), there.toString());
    assertThat(files(there, kept())).isEqualTo(files(tree.root(), kept()));
    assertThat(rclone.run("lsf", "-R", REMOTE + prefix("ours") + "/deep")).contains("er/still/");
  }

  @Test
  void bytesOfAPlainExport_areReadByRclone() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 13);
    tree.fillForOthers(10, 6 << 20);
    try (PosixTree source = PosixTrees.open(tree.root())) {
      assertThat(mirror("plain").export(source, PathBytes.EMPTY).failed()).isEmpty();
    }
    Path there = folder.resolve("read");
    rclone.run("copy", "--exclude", "/.kmesh/**", REMOTE + prefix("plain"), there.toString());
    assertThat(files(there, Detail.CONTENT)).isEqualTo(files(tree.root(), Detail.CONTENT));
  }
}
