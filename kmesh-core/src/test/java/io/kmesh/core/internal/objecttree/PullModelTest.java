// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.detect.TreeSteps;
import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.LongRange;

/** After any changes of a store an index that went along shows what a new one shows. */
class PullModelTest {
  private static final String[] KEYS = {
    "a",
    "b",
    "c",
    "d/a",
    "d/b",
    "d/e/a",
    "d/e/f/a",
    "g/a",
    "d/",
    "d/e/",
    "g/",
    ".kmesh/root",
    "d",
    "g"
  };

  @Property(tries = 3, shrinking = ShrinkingMode.OFF)
  void index_afterExportsOfAChangingTree_isThatTree(@ForAll @LongRange(min = 0) long seed)
      throws IOException {
    Path folder = Files.createTempDirectory("kmesh-pull");
    Random random = new Random(seed);
    try (PulledWorld world = world(folder, random)) {
      TreeSteps steps = new TreeSteps(world.source, PathBytes.EMPTY, random);
      for (int round = 0; round < 6; round++) {
        for (int i = random.nextInt(15); i >= 0; i--) {
          steps.step();
        }
        steps.write(PathBytes.of("always"), 1 + random.nextInt(9));
        assertThat(world.export().failed()).isEmpty();
        Map<String, Long> before = inodes(world.tree);
        assertThat(world.pull().problems()).isEmpty();
        IndexCheck.requireConsistent(world.tree.index());
        Map<String, String> there = TreeManifest.of(world.tree);
        assertThat(there).isEqualTo(TreeManifest.of(world.source));
        assertThat(world.pull().asked()).isZero();
        inodes(world.tree)
            .forEach(
                (name, inode) -> {
                  // Of hard links the name that holds the bytes may be another one by now.
                  if (before.containsKey(name) && !there.get(type(name)).contains("links ")) {
                    assertThat(inode).as(name).isEqualTo(before.get(name));
                  }
                });
      }
      assertThat(world.fresh()).isEqualTo(TreeManifest.of(world.tree));
    } finally {
      remove(folder);
    }
  }

  /** Any order of lists, pages of any length, and room for some keys alone. */
  private static PulledWorld world(Path folder, Random random) throws IOException {
    List<ListOrders> orders = List.of(ListOrders.values());
    ListOrders order = orders.get(random.nextInt(orders.size()));
    StoreLimits usual = MemoryStore.create().limits();
    StoreLimits limits =
        new StoreLimits(
            usual.maxPut(),
            usual.minPart(),
            usual.maxParts(),
            usual.maxObject(),
            usual.maxKeyBytes(),
            usual.maxMetadata(),
            1 + random.nextInt(20),
            usual.deleteBatch());
    return new PulledWorld(
        folder,
        order.builder().limits(limits),
        new SortSpace(folder.resolve("sort"), 1 + random.nextInt(8)));
  }

  private static String type(String typeAndPath) {
    return typeAndPath.substring(typeAndPath.indexOf(' ') + 1);
  }

  /** The inode of each type and path. */
  private static Map<String, Long> inodes(ObjectTree tree) throws IOException {
    Map<String, Long> inodes = new HashMap<>();
    TreeIndex index = tree.index();
    try (Rows<Inode> all = index.inodes()) {
      while (all.next()) {
        Inode inode = all.row();
        for (Name name : index.allNames(inode.number())) {
          PathBytes path = index.path(name.directory(), name.name());
          inodes.put(inode.type() + " " + path, inode.number());
        }
      }
    }
    return inodes;
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void index_afterAnyObjectsCameAndWent_showsWhatANewOneShows(@ForAll @LongRange(min = 0) long seed)
      throws IOException {
    Path folder = Files.createTempDirectory("kmesh-pull");
    Random random = new Random(seed);
    try (PulledWorld world = world(folder, random)) {
      for (int round = 0; round < 8; round++) {
        List<String> done = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          done.add(change(world, random));
        }
        PullReport report = world.pull();
        IndexCheck.requireConsistent(world.tree.index());
        try (ObjectTree other = world.open(new MemoryOrdered(), world.store)) {
          PullReport fresh = other.pull(Retrier.Check.NONE);
          IndexCheck.requireConsistent(other.index());
          if (fresh.failed() == 0 && world.pull().failed() == 0) {
            assertThat(shape(world.tree))
                .as("round " + round + " " + done + " " + report.problems())
                .isEqualTo(shape(other));
          } else {
            // Which of two that exclude each other is shown depends on which was known first.
            assertThat(world.pull().failed()).as(done.toString()).isPositive();
          }
        }
      }
    } finally {
      remove(folder);
    }
  }

  /** Without the times of directories: those without an object have that of what made them. */
  private static Map<String, String> shape(ObjectTree tree) throws IOException {
    Map<String, String> shape = new TreeMap<>(TreeManifest.of(tree));
    shape.replaceAll(
        (path, text) -> text.startsWith("DIR") ? text.substring(0, text.lastIndexOf(' ')) : text);
    return shape;
  }

  private static String change(PulledWorld world, Random random) throws IOException {
    String key = KEYS[random.nextInt(KEYS.length)];
    int kind = random.nextInt(8);
    if (kind < 2 || ((key.equals("d") || key.equals("g")) && random.nextInt(3) > 0)) {
      world.delete(key);
      return "delete " + key;
    }
    Map<String, String> attributes = new HashMap<>();
    String body = "";
    attributes.put("kmesh-format", "mirror/0");
    attributes.put("kmesh-mtime", String.valueOf(random.nextInt(3)));
    if (key.endsWith("/") || key.equals(".kmesh/root")) {
      attributes.put("kmesh-type", "dir");
      attributes.put("kmesh-mode", random.nextBoolean() ? "0700" : "0711");
    } else if (kind < 4) {
      attributes.put("kmesh-type", "hardlink");
      attributes.put(
          "kmesh-target",
          Base64.getEncoder()
              .encodeToString(KEYS[random.nextInt(4)].getBytes(StandardCharsets.UTF_8)));
    } else if (kind == 4) {
      attributes.put("kmesh-type", "symlink");
      body = "x" + random.nextInt(3);
    } else if (kind == 5) {
      attributes.clear();
      body = "foreign" + random.nextInt(3);
    } else {
      body = "b".repeat(random.nextInt(3));
      attributes.put("kmesh-type", "file");
      attributes.put("kmesh-size", String.valueOf(body.length()));
      if (random.nextBoolean()) {
        attributes.put("kmesh-fid", "[0x200000401:0x" + (1 + random.nextInt(3)) + ":0x0]");
      }
      if (random.nextBoolean()) {
        attributes.put("kmesh-attempt", "0".repeat(31) + random.nextInt(4));
      }
    }
    world.put(key, body, attributes);
    return "put " + key + " " + attributes;
  }
}
