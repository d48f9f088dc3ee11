// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.mirror.SmallCopies;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.PutOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done to the tree of a prefix is in the store after a push, for all who read it. */
class PushTest {
  @TempDir Path folder;
  private PushWorld world;

  @BeforeEach
  void open() throws IOException {
    world = new PushWorld(folder);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private void make(PushWorld.Change change) throws IOException {
    change.in(world.tree);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String stored(String key) throws IOException {
    ByteBuffer data =
        world
            .store
            .blocking()
            .read(PushWorld.PREFIX + key, 0, 1_000, io.kmesh.spi.store.Condition.none())
            .data();
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7})
  void anyChanges_areThoseOfAFileSystem_andAreInTheStoreAfterAPush(int seed) throws IOException {
    Random random = new Random(seed);
    Path real = Files.createDirectory(folder.resolve("real"));
    try (PosixTree model = JnaPosix.open(real)) {
      for (int round = 0; round < 8; round++) {
        for (int step = 0; step < 40; step++) {
          PushWorld.Change change = PushWorld.random(random);
          world.time.advance(java.time.Duration.ofMillis(1));
          String expected = PushWorld.make(change, model);
          String got = PushWorld.make(change, world.tree);
          assertThat(got).as("seed %d round %d step %d", seed, round, step).isEqualTo(expected);
        }
        String where = "seed " + seed + " round " + round;
        assertThat(PushWorld.facts(world.tree, false))
            .as(where)
            .isEqualTo(PushWorld.facts(model, false));
        assertThat(world.push()).as(where).isEmpty();
        world.checkStore();
        world.checkNothingIsLeft();
        long requests = world.store.totalRequests();
        assertThat(world.push()).isEmpty();
        assertThat(world.store.totalRequests()).as(where).isEqualTo(requests);
        if (round % 4 == 3) {
          world.reopen();
          assertThat(PushWorld.facts(world.tree, false))
              .as(where + " reopened")
              .isEqualTo(PushWorld.facts(model, false));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {21, 22})
  void whatWasPushed_isNotPulled(int seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < 8; round++) {
      for (int step = 0; step < 40; step++) {
        world.time.advance(java.time.Duration.ofMillis(1));
        PushWorld.make(PushWorld.random(random), world.tree);
      }
      assertThat(world.push()).isEmpty();
      PushWorld.make(
          tree -> {
            try (PosixDirectory root = tree.openRoot()) {
              PushWorld.removeLocal(root);
            }
          },
          world.tree);
      assertThat(world.push()).isEmpty();
      world.checkPull();
      world.checkNothingIsLeft(0);
    }
  }

  @Test
  void moves_sendNoBytesAgain() throws IOException {
    make(PushWorld.at("", d -> d.makeDirectory(PathBytes.of("d"), 0755)));
    make(PushWorld.write("d", "a", 0, text("of a")));
    make(PushWorld.write("", "b", 0, text("of b")));
    world.push();
    long puts = world.store.requests("put");
    long directories = 3;
    make(PushWorld.rename("d", "a", "", "b", RenameMode.EXCHANGE));
    world.push();
    assertThat(stored("b")).isEqualTo("of a");
    assertThat(stored("d/a")).isEqualTo("of b");
    assertThat(world.store.requests("put")).isLessThanOrEqualTo(puts + directories);
    assertThat(world.store.requests("copy")).isEqualTo(3);
    world.checkStore();
    world.checkNothingIsLeft(0);
    world.checkPull();
  }

  @Test
  void move_ofWhatTheStoreCopiesByParts_sendsNoBytesAgain() throws IOException {
    Path other = Files.createDirectory(folder.resolve("by-parts"));
    byte[] bytes = new byte[(4 * SmallCopies.COPY) + 7];
    new Random(3).nextBytes(bytes);
    try (PushWorld parts = new PushWorld(other, SmallCopies.builder().build())) {
      PushWorld.make(PushWorld.write("", "a", 0, bytes), parts.tree);
      parts.push();
      long sent = parts.store.requests("uploadPart");
      PushWorld.make(PushWorld.rename("", "a", "", "b", RenameMode.REPLACE), parts.tree);
      assertThat(parts.push()).isEmpty();
      assertThat(parts.store.requests("copyPart")).isEqualTo(5);
      assertThat(parts.store.requests("uploadPart")).isEqualTo(sent);
      assertThat(parts.store.requests("copy")).isZero();
      parts.checkStore();
      parts.checkNothingIsLeft(0);
      parts.checkPull();
    }
  }

  @Test
  void largeFile_saysItsCrc32c_alsoWithHoles_alsoOnceItWasMovedOrChangedInAttributes()
      throws IOException {
    byte[] bytes = new byte[3 * PushWorld.PART];
    new Random(4).nextBytes(bytes);
    make(PushWorld.write("", "a", 0, bytes));
    make(PushWorld.write("", "sparse", 5L << 20, bytes));
    make(PushWorld.write("", "small", 0, text("small")));
    world.push();
    String ofBytes = Crc32c.of(ByteBuffer.wrap(bytes)).toString();
    ByteBuffer all = ByteBuffer.allocate((5 << 20) + bytes.length).position(5 << 20).put(bytes);
    String ofAll = Crc32c.of(all.flip()).toString();
    assertThat(crc32c("a")).isEqualTo(ofBytes);
    assertThat(crc32c("sparse")).isEqualTo(ofAll);
    assertThat(crc32c("small")).isNull();

    world.reopen();
    make(PushWorld.rename("", "a", "", "b", RenameMode.REPLACE));
    make(PushWorld.at("", d -> d.setMode(PathBytes.of("sparse"), 0700)));
    world.push();
    assertThat(crc32c("b")).isEqualTo(ofBytes);
    assertThat(crc32c("sparse")).isEqualTo(ofAll);

    make(PushWorld.write("", "b", 7, new byte[] {(byte) ~bytes[7]}));
    world.push();
    bytes[7] = (byte) ~bytes[7];
    assertThat(crc32c("b")).isEqualTo(Crc32c.of(ByteBuffer.wrap(bytes)).toString());
    world.checkStore();
    world.checkPull();
  }

  private @Nullable String crc32c(String key) throws IOException {
    return world.store.blocking().head(PushWorld.PREFIX + key).metadata().get("kmesh-crc32c");
  }

  @Test
  void temporaryNamesAndSwaps_betweenPushes_costNoRequest() throws IOException {
    make(PushWorld.at("", d -> d.makeDirectory(PathBytes.of(".kmesh-flow-x"), 0700)));
    make(PushWorld.at("", d -> d.makeDirectory(PathBytes.of("d"), 0755)));
    world.push();
    make(PushWorld.write(".kmesh-flow-x", "held", 0, text("held")));
    make(PushWorld.write("d", ".kmesh~x~1", 0, text("temporary")));
    world.push();
    assertThat(world.keys()).containsExactly(".kmesh/root", "d/");
    world.reopen();
    make(PushWorld.rename("d", ".kmesh~x~1", "d", "whole", RenameMode.REPLACE));
    world.push();
    assertThat(stored("d/whole")).isEqualTo("temporary");
    assertThat(world.keys()).containsExactly(".kmesh/root", "d/", "d/whole");
  }

  @Test
  void openFile_whoseLastNameGoes_staysReadable_andItsObjectGoesBehindIt() throws IOException {
    make(PushWorld.write("", "a", 0, text("of a")));
    world.push();
    try (PosixDirectory root = world.tree.openRoot();
        PosixFile file = root.openFile(PathBytes.of("a"), Set.of(OpenFlag.READ))) {
      root.unlink(PathBytes.of("a"));
      world.push();
      make(PushWorld.write("", "a", 0, text("another")));
      world.push();
      ByteBuffer target = ByteBuffer.allocate(10);
      assertThat(file.read(target, 0)).isEqualTo(4);
      assertThat(stored("a")).isEqualTo("another");
    }
    world.push();
    world.checkStore();
    world.checkNothingIsLeft(0);
  }

  @Test
  void somebodyElsesObject_isLeftAlone_andAllElseGoesOn() throws IOException {
    world
        .store
        .blocking()
        .put(PushWorld.PREFIX + "theirs", ByteBuffer.wrap(text("theirs")), PutOptions.NONE);
    make(PushWorld.write("", "theirs", 0, text("ours")));
    make(PushWorld.write("", "other", 0, text("other")));
    List<PushProblem> problems = world.push();
    assertThat(problems).hasSize(1);
    assertThat(problems.get(0).key()).isEqualTo("theirs");
    assertThat(problems.get(0).reason()).contains("p/theirs").contains("somebody else");
    assertThat(stored("theirs")).isEqualTo("theirs");
    assertThat(stored("other")).isEqualTo("other");
    assertThat(world.push()).hasSize(1);
    world.reopen();
    make(PushWorld.rename("", "theirs", "", "ours", RenameMode.REPLACE));
    assertThat(world.push()).isEmpty();
    assertThat(stored("ours")).isEqualTo("ours");
    assertThat(stored("theirs")).isEqualTo("theirs");
  }

  @Test
  void objectThatSomebodyReplaced_isLeftAlone_whateverIsToBeDone() throws IOException {
    for (String name : List.of("written", "gone", "moved", "changed")) {
      make(PushWorld.write("", name, 0, text(name)));
    }
    world.push();
    for (String name : List.of("written", "gone", "moved", "changed")) {
      world
          .store
          .blocking()
          .put(PushWorld.PREFIX + name, ByteBuffer.wrap(text("theirs")), PutOptions.NONE);
    }
    make(PushWorld.at("", d -> d.unlink(PathBytes.of("gone"))));
    make(PushWorld.at("", d -> d.setMode(PathBytes.of("changed"), 0700)));
    make(PushWorld.rename("", "moved", "", "elsewhere", RenameMode.REPLACE));
    make(
        PushWorld.at(
            "",
            d ->
                d.openFile(PathBytes.of("written"), Set.of(OpenFlag.WRITE, OpenFlag.TRUNCATE))
                    .close()));
    assertThat(world.push().stream().map(PushProblem::key))
        .containsExactlyInAnyOrder("written", "gone", "elsewhere", "changed");
    for (String name : List.of("written", "gone", "moved", "changed")) {
      assertThat(stored(name)).as(name).isEqualTo("theirs");
    }
  }

  @Test
  void directoryOfManyEntries_isMovedInBatches() throws IOException {
    make(PushWorld.at("", d -> d.makeDirectory(PathBytes.of("d"), 0755)));
    make(PushWorld.at("d", d -> d.makeDirectory(PathBytes.of("below"), 0755)));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      make(PushWorld.write(i % 2 == 0 ? "d" : "d/below", "f" + i, 0, text("of " + i)));
      expected.add((i % 2 == 0 ? "e/f" : "e/below/f") + i);
    }
    world.push();
    make(PushWorld.rename("", "d", "", "e", RenameMode.REPLACE));
    make(PushWorld.at("", d -> d.makeDirectory(PathBytes.of("d"), 0755)));
    make(PushWorld.write("d", "f0", 0, text("another")));
    world.push();
    assertThat(world.keys()).containsAll(expected).contains("d/f0", "d/");
    assertThat(stored("e/f0")).isEqualTo("of 0");
    assertThat(stored("d/f0")).isEqualTo("another");
    world.checkStore();
    world.checkNothingIsLeft(0);
  }
}
