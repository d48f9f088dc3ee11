// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.snapshots.HookedStore;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualCopiesTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private Path source;
  private FsWorld world;

  @BeforeEach
  void open() throws IOException {
    source = Files.createDirectory(folder.resolve("source"));
    world = new FsWorld();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private Path place(String name) {
    return folder.resolve(name);
  }

  private void prune() throws IOException {
    new Collector(
            world.domain,
            SnapshotStore.READERS,
            new Collector.Settings(0.7, s -> true, 0, "h"),
            Retrier.Check.NONE)
        .run();
  }

  @Test
  void copies_doNotSeeEachOther_norTouchTheSnapshot() throws IOException {
    Files.writeString(source.resolve("f"), "base");
    String id = world.take(source);
    try (VirtualCopy one = world.copies().create(id, "one", place("1"));
        VirtualCopy two = world.copies().create(id, "two", place("2"));
        KmeshFileSystem snapshot = world.open(id)) {
      Files.writeString(one.fileSystem().getPath("f"), "one");
      Files.delete(two.fileSystem().getPath("f"));
      assertThat(Files.readString(one.fileSystem().getPath("f"))).isEqualTo("one");
      assertThat(two.fileSystem().getPath("f")).doesNotExist();
      assertThat(Files.readString(snapshot.getPath("f"))).isEqualTo("base");
      assertThat(one.changes())
          .containsExactly(
              new CopyChange(
                  CopyChange.Kind.CHANGED,
                  io.kmesh.path.PathBytes.of("f"),
                  io.kmesh.path.PathBytes.of("f")));
      assertThat(two.changes())
          .extracting(CopyChange::kind)
          .containsExactly(CopyChange.Kind.REMOVED);
      assertThat(world.copies().list()).hasSize(2);
      assertThat(Path.of(one.fileSystem().getPath("/f").toUri()))
          .isEqualTo(one.fileSystem().getPath("/f"));
    }
  }

  @Test
  void write_takesTheBlocksThatItTouches() throws IOException {
    byte[] all = CopyModelTest.random(7, 20 * MIB);
    Files.write(source.resolve("f"), all);
    String id = world.take(source);
    try (VirtualCopy copy = world.copies().create(id, "c", place("c"))) {
      Path file = copy.fileSystem().getPath("f");
      long before = world.reads();
      try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
        channel.position(10 * MIB + 5).write(ByteBuffer.wrap(new byte[10]));
      }
      assertThat(world.reads() - before).as("chunks of a block of 1 MiB").isBetween(1L, 6L);
      Arrays.fill(all, 10 * MIB + 5, 10 * MIB + 15, (byte) 0);
      assertThat(Arrays.equals(Files.readAllBytes(file), all)).isTrue();
      try (Stream<Path> data = Files.list(place("c").resolve("data"))) {
        Path only = data.findFirst().orElseThrow();
        assertThat(((Number) Files.getAttribute(only, "unix:nlink")).intValue()).isEqualTo(1);
        assertThat(Files.size(only)).isEqualTo(11 * MIB);
      }
      before = world.reads();
      try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
        channel.position(2 * MIB).write(ByteBuffer.wrap(new byte[2 * MIB]));
      }
      assertThat(world.reads() - before).as("whole blocks need nothing").isZero();
    }
  }

  @Test
  void directory_isRenamedWithoutItsData() throws IOException {
    Files.createDirectories(source.resolve("d/e"));
    for (int i = 0; i < 2000; i++) {
      Files.writeString(source.resolve("d/e/" + i), "x" + i);
    }
    String id = world.take(source);
    try (VirtualCopy copy = world.copies().create(id, "c", place("c"))) {
      Path top = copy.fileSystem().getPath("/");
      Files.move(top.resolve("d"), top.resolve("moved"));
      assertThat(Files.size(place("c").resolve("journal"))).isLessThan(2000);
      assertThat(Files.readString(top.resolve("moved/e/77"))).isEqualTo("x77");
      Files.delete(top.resolve("moved/e/77"));
      Files.move(top.resolve("moved/e/78"), top.resolve("78"));
      assertThat(copy.changes().map(c -> c.kind() + " " + c.path() + " " + c.base()))
          .containsExactlyInAnyOrder(
              "RENAMED 78 d/e/78", "RENAMED moved d", "REMOVED moved/e/77 d/e/77");
      try (Stream<Path> list = Files.list(top.resolve("moved/e"))) {
        assertThat(list.count()).isEqualTo(1998);
      }
    }
  }

  @Test
  void copy_holdsItsSnapshot_untilItIsDeleted() throws IOException {
    byte[] all = CopyModelTest.random(8, 3 * MIB);
    Files.write(source.resolve("f"), all);
    String id = world.take(source);
    world.copies().create(id, "c", place("c")).close();
    world.snapshots().forget(Set.of(id));
    prune();
    try (VirtualCopy copy = world.copies().open(place("c"))) {
      assertThat(Files.readAllBytes(copy.fileSystem().getPath("f"))).isEqualTo(all);
      assertThat(copy.snapshot()).isEqualTo(id);
      assertThatThrownBy(() -> world.copies().open(place("c")))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("open already");
      assertThatThrownBy(() -> world.copies().delete(place("c")))
          .isInstanceOf(ProviderException.class);
    }
    world.copies().delete(place("c"));
    assertThat(place("c")).doesNotExist();
    assertThat(world.copies().list()).isEmpty();
    prune();
    prune();
    assertThat(world.store.keys()).noneMatch(key -> key.contains("/packs/"));
  }

  @Test
  void folderWhoseRootIsGone_isRefused() throws IOException {
    String id = world.take(source);
    VirtualCopy copy = world.copies().create(id, "c", place("c"));
    copy.close();
    world.copies().forget(copy.id());
    assertThatThrownBy(() -> world.copies().open(place("c")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    world.copies().delete(place("c"));
    assertThat(place("c")).doesNotExist();
    Files.createDirectory(place("other"));
    Files.createFile(place("other").resolve("x"));
    assertThatThrownBy(() -> world.copies().create(id, "c", place("other")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS));
    assertThat(world.copies().list()).isEmpty();
  }

  @Test
  void closed_keepsWhatWasWritten_andRefusesMore() throws IOException {
    String id = world.take(source);
    VirtualCopy copy = world.copies().create(id, "c", place("c"));
    Path file = copy.fileSystem().getPath("/f");
    SeekableByteChannel channel =
        Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    copy.fileSystem().close();
    assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> Files.delete(file)).isInstanceOf(ClosedFileSystemException.class);
    channel.close();
    try (VirtualCopy again = world.copies().open(place("c"))) {
      assertThat(Files.readAllBytes(again.fileSystem().getPath("f"))).containsExactly(1, 2, 3);
    }
  }

  @Test
  void deletedFile_livesWhileItIsOpen() throws IOException {
    Files.writeString(source.resolve("f"), "base");
    String id = world.take(source);
    try (VirtualCopy copy = world.copies().create(id, "c", place("c"))) {
      Path file = copy.fileSystem().getPath("f");
      try (SeekableByteChannel channel =
          Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap("BA".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Files.delete(file);
        ByteBuffer read = ByteBuffer.allocate(10);
        channel.position(0).read(read);
        assertThat(
                new String(
                    read.array(), 0, read.position(), java.nio.charset.StandardCharsets.UTF_8))
            .isEqualTo("BAse");
      }
      copy.sync();
      try (Stream<Path> data = Files.list(place("c").resolve("data"))) {
        assertThat(data).isEmpty();
      }
    }
  }

  @Test
  void attributes_ofUsers_areSetAndRemoved() throws IOException {
    Files.writeString(source.resolve("f"), "base");
    Files.setAttribute(source.resolve("f"), "user:a", new byte[] {1});
    String id = world.take(source);
    try (VirtualCopy copy = world.copies().create(id, "c", place("c"))) {
      Path file = copy.fileSystem().getPath("f");
      Files.setAttribute(file, "user:b", new byte[] {2});
      var view =
          Files.getFileAttributeView(
              file, java.nio.file.attribute.UserDefinedFileAttributeView.class);
      assertThat(view.list()).containsExactly("a", "b");
      view.delete("a");
      assertThat(view.list()).containsExactly("b");
      assertThat(copy.changes()).hasSize(1);
      Files.setAttribute(file, "unix:uid", 77);
      assertThat(Files.getOwner(file).getName()).isEqualTo("77");
    }
    try (VirtualCopy copy = world.copies().open(place("c"))) {
      Path file = copy.fileSystem().getPath("f");
      assertThat((byte[]) Files.getAttribute(file, "user:b")).containsExactly(2);
      assertThat((int) Files.getAttribute(file, "unix:uid")).isEqualTo(77);
    }
  }

  @Test
  void journalThatGrew_isWrittenAnew() throws IOException {
    String id = world.take(source);
    try (VirtualCopy copy = world.copies().create(id, "c", place("c"))) {
      Path top = copy.fileSystem().getPath("/");
      Files.createDirectory(top.resolve("d"));
      for (int i = 0; i < 15_000; i++) {
        Files.move(top.resolve(i % 2 == 0 ? "d" : "e"), top.resolve(i % 2 == 0 ? "e" : "d"));
      }
      Files.createFile(top.resolve("d/last"));
      assertThat(Files.size(place("c").resolve("journal"))).isLessThan(2 * MIB);
    }
    try (VirtualCopy copy = world.copies().open(place("c"))) {
      assertThat(copy.fileSystem().getPath("d/last")).exists();
      assertThat(copy.changes())
          .extracting(CopyChange::kind)
          .containsExactly(CopyChange.Kind.ADDED, CopyChange.Kind.ADDED);
    }
  }

  @Test
  void manyThreads_write() throws Exception {
    Files.createDirectory(source.resolve("d"));
    Files.write(source.resolve("d/f"), CopyModelTest.random(1, 4 * MIB));
    String id = world.take(source);
    try (VirtualCopy copy = world.copies().create(id, "c", place("c"))) {
      Path top = copy.fileSystem().getPath("/");
      List<Thread> threads = new java.util.ArrayList<>();
      List<Throwable> failures =
          java.util.Collections.synchronizedList(new java.util.ArrayList<>());
      for (int t = 0; t < 4; t++) {
        int number = t;
        Thread thread =
            new Thread(
                () -> {
                  try {
                    for (int i = 0; i < 20; i++) {
                      Path mine = top.resolve("d/" + number + "-" + i);
                      Files.write(mine, CopyModelTest.random(i, 100 * i));
                      Files.move(
                          mine, top.resolve(number + "-" + i), StandardCopyOption.REPLACE_EXISTING);
                      try (SeekableByteChannel c =
                          Files.newByteChannel(
                              top.resolve("d/f"),
                              StandardOpenOption.READ,
                              StandardOpenOption.WRITE)) {
                        c.position((long) number * MIB + 3L * i);
                        c.write(ByteBuffer.wrap(new byte[] {(byte) number, 7, 7}));
                        c.position(0).read(ByteBuffer.allocate(2 * MIB));
                      }
                      try (Stream<Path> all = Files.walk(top)) {
                        assertThat(all.count()).isPositive();
                      } catch (java.io.UncheckedIOException e) {
                        // What is renamed meanwhile is not there any more.
                        assertThat(e.getCause())
                            .isInstanceOf(java.nio.file.NoSuchFileException.class);
                      }
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failures).isEmpty();
      byte[] expected = CopyModelTest.random(1, 4 * MIB);
      for (int t = 0; t < 4; t++) {
        for (int i = 0; i < 20; i++) {
          expected[t * MIB + 3 * i] = (byte) t;
          expected[t * MIB + 3 * i + 1] = 7;
          expected[t * MIB + 3 * i + 2] = 7;
          assertThat(Files.size(top.resolve(t + "-" + i))).isEqualTo(100L * i);
        }
      }
      assertThat(Arrays.equals(Files.readAllBytes(top.resolve("d/f")), expected)).isTrue();
    }
  }

  @Test
  void createOfOneName_byTwoAtOnce_letsOneHaveIt() throws IOException {
    Files.writeString(source.resolve("f"), "content");
    String id = world.take(source);
    VirtualCopies slow =
        world.copies(
            HookedStore.beforePut(
                world.store,
                "heads/",
                () -> world.copies().create(id, "c", place("fast")).close()));
    assertThatThrownBy(() -> slow.create(id, "c", place("slow")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS))
        .hasMessageContaining("one of that name");
    assertThat(place("slow")).as("what it had begun").doesNotExist();
    assertThat(world.copies().list())
        .singleElement()
        .satisfies(root -> assertThat(root.labels()).containsValue(place("fast").toString()));
    try (VirtualCopy copy = world.copies().create(id, "other", place("slow"))) {
      assertThat(Files.readString(copy.fileSystem().getPath("/f"))).isEqualTo("content");
    }
  }
}
