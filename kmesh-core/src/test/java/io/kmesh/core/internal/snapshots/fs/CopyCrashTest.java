// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A crash at any step leaves a copy as it was after one of its calls: after the last one, or the
 * one that was cut, when the process was killed; after none before the last that was made durable,
 * when the power went.
 */
@Tag("crash")
class CopyCrashTest {
  private static final int MIB = 1 << 20;

  /** So small that the journal is written anew on the way. */
  private static final long SMALL = 3000;

  @TempDir Path folder;
  private FsWorld world;
  private String snapshot;
  private int number;
  private final List<Map<String, String>> states = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    Path source = Files.createDirectory(folder.resolve("source"));
    CopyModelTest.fill(source);
    snapshot = world.take(source);
  }

  @AfterEach
  void close() {
    world.close();
  }

  /** A call that is one change, or that makes everything durable. */
  private interface Step {
    void run(Path top, CopyVolume volume) throws IOException;
  }

  private static Step write(String path, int seed, int offset, int length) {
    return (top, volume) -> {
      try (SeekableByteChannel channel =
          Files.newByteChannel(top.resolve(path), StandardOpenOption.WRITE)) {
        channel.position(offset);
        channel.write(ByteBuffer.wrap(CopyModelTest.random(seed, length)));
      }
    };
  }

  private static Step truncate(String path, int size) {
    return (top, volume) -> {
      try (SeekableByteChannel channel =
          Files.newByteChannel(top.resolve(path), StandardOpenOption.WRITE)) {
        channel.truncate(size);
      }
    };
  }

  private static final Step SYNC = (top, volume) -> volume.syncAll();

  private static final List<Step> STEPS =
      List.of(
          write("a/a/a", 1, MIB + 5, 100),
          (top, v) -> Files.createDirectory(top.resolve("d")),
          (top, v) -> Files.move(top.resolve("a"), top.resolve("d/x")),
          (top, v) -> Files.createFile(top.resolve("d/x/new")),
          write("d/x/new", 2, 0, 5000),
          SYNC,
          (top, v) -> Files.delete(top.resolve("b/a")),
          write("d/x/a/a", 3, 0, 20),
          truncate("d/x/a/a", 2 * MIB + 3),
          (top, v) ->
              Files.setPosixFilePermissions(
                  top.resolve("c"), PosixFilePermissions.fromString("rw-------")),
          (top, v) ->
              Files.move(
                  top.resolve("d/x/new"), top.resolve("c"), StandardCopyOption.REPLACE_EXISTING),
          truncate("c", 0),
          write("c", 4, 10, 3000),
          SYNC,
          (top, v) -> Files.createLink(top.resolve("e"), top.resolve("b/b")),
          write("e", 5, 0, 10),
          (top, v) -> Files.delete(top.resolve("d/x/b")),
          (top, v) -> Files.createSymbolicLink(top.resolve("s"), top.getFileSystem().getPath("c")),
          (top, v) -> Files.delete(top.resolve("c")),
          (top, v) -> Files.setAttribute(top.resolve("d"), "user:u", new byte[100]),
          write("d/x/a/a", 6, 2 * MIB, 20));

  private KmeshFileSystem open(CopyVolume volume) {
    return new KmeshFileSystem(volume, "r", "c" + number++, 0);
  }

  private CopyVolume volume(Overlay overlay) throws IOException {
    return new CopyVolume(
        new SnapshotVolume(world.snapshots().open(snapshot), world.cache), overlay, world.time);
  }

  private Overlay create(OverlayFiles files) throws IOException {
    SnapshotVolume base = new SnapshotVolume(world.snapshots().open(snapshot), world.cache);
    try {
      return Overlay.create(
          files,
          "0123456789abcdef",
          snapshot,
          InodeState.of(
              Overlay.ROOT, base.root(), base.facts(base.root()), io.kmesh.path.PathBytes.EMPTY));
    } finally {
      base.close();
    }
  }

  @Test
  void crashAnywhere_leavesWhatWasAfterACall() throws IOException {
    try (KmeshFileSystem system =
        open(volume(create(NioOverlayFiles.open(Files.createDirectory(folder.resolve("n"))))))) {
      Path top = system.getPath("/");
      states.add(CopyModelTest.facts(top));
      for (Step step : STEPS) {
        step.run(top, (CopyVolume) system.volume());
        states.add(CopyModelTest.facts(top));
      }
    }
    CrashPoints.Report report = CrashPoints.enumerate(Scenario::new, 3);
    assertThat(report.operations()).isGreaterThan(45);
    assertThat(report.crashes()).isEqualTo(6 * report.operations());
  }

  private final class Scenario implements CrashPoints.Scenario {
    private final Path place = folder.resolve("p" + number++);
    private CrashFiles files;
    private int done;
    private int durable = -1;
    private KmeshFileSystem system;

    @Override
    public void run(CrashPoint point) throws IOException {
      Files.createDirectory(place);
      files = new CrashFiles(NioOverlayFiles.open(place), point);
      Overlay.create(files, "0123456789abcdef", snapshot, rootState()).abandon();
      durable = 0;
      files = new CrashFiles(NioOverlayFiles.open(place), point);
      CopyVolume volume = volume(Overlay.open(files, SMALL));
      system = open(volume);
      for (Step step : STEPS) {
        step.run(system.getPath("/"), volume);
        done++;
        if (step == SYNC) {
          durable = done;
        }
      }
    }

    private InodeState rootState() throws IOException {
      SnapshotVolume base = new SnapshotVolume(world.snapshots().open(snapshot), world.cache);
      try {
        return InodeState.of(
            Overlay.ROOT, base.root(), base.facts(base.root()), io.kmesh.path.PathBytes.EMPTY);
      } finally {
        base.close();
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      files.abandon();
      boolean losesPower = seed % 1000 != 1 && seed != 0;
      if (losesPower) {
        files.losePower(new Random(seed));
      }
      boolean isThere = Files.exists(place.resolve(Journal.FILE));
      if (durable < 0 && !isThere) {
        return;
      }
      Map<String, String> found;
      try (KmeshFileSystem again = open(volume(Overlay.open(NioOverlayFiles.open(place), SMALL)))) {
        Path top = again.getPath("/");
        found = CopyModelTest.facts(top);
        int from = losesPower ? Math.max(durable, 0) : done;
        assertThat(states.subList(from, Math.min(done + 2, states.size()))).contains(found);
        Files.createFile(top.resolve("after"));
        write("after", 1, 2 * MIB, 100).run(top, (CopyVolume) again.volume());
        found = CopyModelTest.facts(top);
      }
      try (KmeshFileSystem again = open(volume(Overlay.open(NioOverlayFiles.open(place), SMALL)))) {
        assertThat(CopyModelTest.facts(again.getPath("/"))).isEqualTo(found);
      }
      CopyModelTest.delete(place);
    }
  }
}
