// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.JnaPosixTreeProvider;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LayoutSwap;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.internal.lustre.fs.StorageSteps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ends each change before each of its stored steps as a kill of the process would, opens the
 * directory anew, and finds the file system as it was before the change or after it, without
 * garbage.
 */
class SimCrashTest {
  /** A kill. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed(String what) {
      super(what);
    }
  }

  /** Kills before the step of a number; counts from the moment it is armed. */
  private static final class Killer implements StorageSteps {
    private int left = Integer.MAX_VALUE;
    private boolean dead;

    void arm(int steps) {
      left = steps;
    }

    @Override
    public synchronized void before(String what) {
      if (dead || left-- <= 0) {
        dead = true;
        throw new Killed(what);
      }
    }
  }

  @FunctionalInterface
  private interface Change {
    void run(SimFixture sim) throws IOException;
  }

  private record Scenario(String name, Change before, Change change) {}

  @TempDir Path parent;

  private static PosixDirectory root(SimFixture sim) throws IOException {
    return sim.tree.openRoot();
  }

  private static List<Scenario> scenarios() {
    byte[] large = new byte[30_000];
    return List.of(
        new Scenario("create and write", s -> {}, s -> s.write("new", "content")),
        new Scenario("make a directory", s -> {}, s -> s.mkdir("new")),
        new Scenario(
            "make a long link",
            s -> {},
            s -> {
              try (PosixDirectory root = root(s)) {
                root.makeSymlink(name("new"), PathBytes.of("x".repeat(3000)));
              }
            }),
        new Scenario(
            "unlink",
            s -> s.write("old", "content"),
            s -> {
              try (PosixDirectory root = root(s)) {
                root.unlink(name("old"));
              }
            }),
        new Scenario(
            "unlink an archived file",
            s -> s.archived(s.write("old", "content")),
            s -> {
              try (PosixDirectory root = root(s)) {
                root.unlink(name("old"));
              }
            }),
        new Scenario(
            "remove a directory",
            s -> s.mkdir("old"),
            s -> {
              try (PosixDirectory root = root(s)) {
                root.removeDirectory(name("old"));
              }
            }),
        new Scenario(
            "link",
            s -> s.write("old", "content"),
            s -> {
              try (PosixDirectory root = root(s)) {
                root.link(name("old"), root, name("new"));
              }
            }),
        new Scenario(
            "rename over a file",
            s -> {
              s.mkdir("d");
              s.write("d/old", "content");
              s.write("target", "replaced");
            },
            s -> {
              try (PosixDirectory root = root(s);
                  PosixDirectory d = root.openDirectory(name("d"))) {
                d.rename(name("old"), root, name("target"), RenameMode.REPLACE);
              }
            }),
        new Scenario(
            "rename over a directory",
            s -> {
              s.mkdir("d");
              s.mkdir("d/old");
              s.write("d/old/f", "content");
              s.mkdir("target");
            },
            s -> {
              try (PosixDirectory root = root(s);
                  PosixDirectory d = root.openDirectory(name("d"))) {
                d.rename(name("old"), root, name("target"), RenameMode.REPLACE);
              }
            }),
        new Scenario(
            "exchange",
            s -> {
              s.mkdir("d");
              s.write("d/old", "content");
              s.mkdir("target");
            },
            s -> {
              try (PosixDirectory root = root(s);
                  PosixDirectory d = root.openDirectory(name("d"))) {
                d.rename(name("old"), root, name("target"), RenameMode.EXCHANGE);
              }
            }),
        new Scenario(
            "append",
            s -> s.write("old", "content"),
            s -> {
              try (PosixFile file = s.tree.openFile(name("old"), EnumSet.of(OpenFlag.WRITE))) {
                file.write(ByteBuffer.wrap(new byte[100]), 7);
              }
            }),
        new Scenario(
            "cut",
            s -> s.write("old", large),
            s -> {
              try (PosixFile file = s.tree.openFile(name("old"), EnumSet.of(OpenFlag.WRITE))) {
                file.truncate(10);
              }
            }),
        new Scenario("empty and write", s -> s.write("old", large), s -> s.write("old", "new")),
        new Scenario(
            "set a large attribute",
            s -> s.write("old", "content"),
            s -> {
              try (PosixDirectory root = root(s)) {
                root.setXattr(name("old"), name("user.a"), new byte[20_000], XattrMode.SET);
              }
            }),
        new Scenario(
            "replace a large attribute",
            s -> {
              s.write("old", "content");
              try (PosixDirectory root = root(s)) {
                root.setXattr(name("old"), name("user.a"), new byte[20_000], XattrMode.SET);
              }
            },
            s -> {
              try (PosixDirectory root = root(s)) {
                root.setXattr(name("old"), name("user.a"), new byte[10_000], XattrMode.SET);
              }
            }),
        new Scenario(
            "release",
            s -> {
              Fid fid = s.write("old", "content");
              s.archived(fid);
            },
            s -> s.hsm.release(s.fs.identity().fid(name("old")))),
        new Scenario(
            "restore",
            s -> {
              Fid fid = s.write("old", "content");
              s.archived(fid);
              s.hsm.release(fid);
            },
            s -> {
              Fid fid = s.fs.identity().fid(name("old"));
              Fid temporary = s.hsm.createVolatile(fid);
              try (PosixFile file = s.hsm.openInternal(temporary, Set.of(OpenFlag.WRITE))) {
                file.write(
                    ByteBuffer.wrap("content".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                    0);
                s.hsm.swapRestored(fid, temporary, null);
              }
            }),
        new Scenario(
            "swap layouts",
            s -> {
              s.archived(s.write("old", "content"));
              s.write("other", "other content");
            },
            s ->
                s.fs
                    .layouts()
                    .swap(
                        LayoutSwap.of(
                            s.fs.identity().fid(name("old")), s.fs.identity().fid(name("other"))))),
        new Scenario(
            "migrate",
            s -> s.write("old", "content"),
            s ->
                s.fs
                    .layouts()
                    .migrate(s.fs.identity().fid(name("old")), Layout.plain(1).inPool("cheap"))));
  }

  @TestFactory
  Stream<DynamicTest> change_whenKilledAtAnyStep_isWholeOrNotThere() {
    return scenarios().stream().map(s -> DynamicTest.dynamicTest(s.name(), () -> enumerate(s)));
  }

  private void enumerate(Scenario scenario) throws IOException {
    Path whole = Files.createTempDirectory(parent, "whole");
    Map<String, String> before;
    Map<String, String> after;
    try (SimFixture sim = SimFixture.open(whole)) {
      scenario.before().run(sim);
      before = SimSnapshot.of(sim);
      scenario.change().run(sim);
      after = SimSnapshot.of(sim);
    }
    assertThat(after).isNotEqualTo(before);
    List<String> seen = new ArrayList<>();
    for (int step = 0; ; step++) {
      Path directory = Files.createTempDirectory(parent, "killed");
      Killer killer = new Killer();
      SimFixture sim =
          SimFixture.open(
              directory,
              new JnaPosixTreeProvider().open(directory),
              SimFixture.SHAPE,
              null,
              killer);
      sim.fs.changelogs().register(0, Optional.empty());
      sim.fs.changelogs().register(1, Optional.empty());
      scenario.before().run(sim);
      killer.arm(step);
      boolean killed = false;
      try {
        scenario.change().run(sim);
      } catch (Killed e) {
        killed = true;
        seen.add(e.getMessage());
      }
      sim.fs.dropAsKilled();
      Map<String, String> known;
      try (SimFixture again = SimFixture.open(directory)) {
        Map<String, String> found = SimSnapshot.of(again);
        assertThat(List.of(before, after, SimSnapshot.between(found, before, after)))
            .as("killed before step %s, %s", step, seen)
            .contains(found);
        SimSnapshot.assertNoGarbage(again, directory);
        if (!killed) {
          assertThat(found).isEqualTo(after);
        }
        again.write("later", "content");
        known = SimSnapshot.of(again);
        assertThat(known).containsAllEntriesOf(found);
      }
      // A second opening changes nothing, and what is made after the first one takes no inode.
      try (SimFixture twice = SimFixture.open(directory)) {
        SimSnapshot.assertNoGarbage(twice, directory);
        assertThat(SimSnapshot.of(twice)).as("killed before step %s", step).isEqualTo(known);
      }
      if (!killed) {
        break;
      }
    }
    assertThat(seen).isNotEmpty();
  }
}
