// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReverseSyncTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private FsWorld world;
  private Path live;
  private PosixTree tree;
  private VirtualCopy copy;
  private Path top;

  @BeforeEach
  void open() throws IOException {
    world = new FsWorld();
    live = Files.createDirectory(folder.resolve("live"));
    Files.createDirectories(live.resolve("d/e"));
    Files.write(live.resolve("d/e/large"), CopyModelTest.random(1, 8 * MIB));
    Files.write(live.resolve("d/small"), CopyModelTest.random(2, 3000));
    Files.write(live.resolve("x"), CopyModelTest.random(3, 100));
    Files.write(live.resolve("y"), CopyModelTest.random(4, 200));
  }

  private void begin() throws IOException {
    copy = world.copies().create(world.take(live), "c", folder.resolve("copy"));
    top = copy.fileSystem().getPath("/");
    tree = JnaPosix.open(live);
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
    copy.close();
    world.close();
  }

  private ReverseSync sync(ConflictPolicy policy) {
    return copy.reverseSync(tree, ContentGate.OPEN, policy);
  }

  private SyncResult apply(ConflictPolicy policy) throws IOException {
    return sync(policy).apply(Retrier.Check.NONE);
  }

  private void write(String path, int offset, int length) throws IOException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(top.resolve(path), StandardOpenOption.WRITE)) {
      channel.position(offset);
      channel.write(ByteBuffer.wrap(CopyModelTest.random(77, length)));
    }
  }

  @Test
  void oneBlockOfALargeFile_movesThatBlockOnly() throws IOException {
    begin();
    write("d/e/large", 3 * MIB + 5, 10);
    SyncPlan plan = sync(ConflictPolicy.SKIP).plan(Retrier.Check.NONE);
    assertThat(plan.bytes()).isEqualTo(MIB);
    long reads = world.reads();
    SyncResult result = apply(ConflictPolicy.SKIP);
    assertThat(result.movedBytes()).isEqualTo(MIB);
    assertThat(world.reads()).as("what did not change comes from the tree").isEqualTo(reads);
    assertThat(live.resolve("d/e/large"))
        .hasBinaryContent(Files.readAllBytes(top.resolve("d/e/large")));
  }

  @Test
  void aRename_movesNoByte_aModeNeither() throws IOException {
    begin();
    Files.move(top.resolve("d"), top.resolve("renamed"));
    Files.setAttribute(top.resolve("renamed/small"), "unix:mode", 0100600);
    SyncResult result = apply(ConflictPolicy.SKIP);
    assertThat(result.movedBytes()).isZero();
    assertThat(result.plan().steps())
        .extracting(SyncStep::kind)
        .containsExactly(SyncStep.Kind.RENAME, SyncStep.Kind.ATTRIBUTES);
    assertThat(Files.getAttribute(live.resolve("renamed/small"), "unix:mode")).isEqualTo(0100600);
    assertThat(live.resolve("d")).doesNotExist();
  }

  @Test
  void aFileWithTwoNames_takesThePlacesOfOthers_unlessTheyChanged() throws IOException {
    Files.write(live.resolve("z"), CopyModelTest.random(5, 300));
    begin();
    Files.write(top.resolve("new"), CopyModelTest.random(6, 400));
    for (String name : List.of("x", "y", "z")) {
      Files.delete(top.resolve(name));
      Files.createLink(top.resolve(name), top.resolve("new"));
    }
    Files.setAttribute(live.resolve("y"), "unix:mode", 0100600);
    Files.write(live.resolve("z"), CopyModelTest.random(7, 50));
    SyncResult result = apply(ConflictPolicy.SKIP);
    assertThat(result.conflicts())
        .extracting(c -> c.kind() + " " + c.path())
        .containsExactly("BOTH_CHANGED y", "BOTH_CHANGED z");
    assertThat(Files.isSameFile(live.resolve("x"), live.resolve("new"))).isTrue();
    assertThat(live.resolve("x")).hasBinaryContent(CopyModelTest.random(6, 400));
    assertThat(live.resolve("y")).hasBinaryContent(CopyModelTest.random(4, 200));
    assertThat(live.resolve("z")).hasBinaryContent(CopyModelTest.random(7, 50));
  }

  @Test
  void namesInACircle_areExchanged() throws IOException {
    begin();
    byte[] x = Files.readAllBytes(live.resolve("x"));
    byte[] y = Files.readAllBytes(live.resolve("y"));
    Files.move(top.resolve("x"), top.resolve("t"));
    Files.move(top.resolve("y"), top.resolve("x"));
    Files.move(top.resolve("t"), top.resolve("y"));
    SyncResult result = apply(ConflictPolicy.SKIP);
    assertThat(result.conflicts()).isEmpty();
    assertThat(result.movedBytes()).isZero();
    assertThat(live.resolve("x")).hasBinaryContent(y);
    assertThat(live.resolve("y")).hasBinaryContent(x);
    assertThat(sync(ConflictPolicy.SKIP).plan(Retrier.Check.NONE).steps()).isEmpty();
  }

  @Test
  void aFileThatWasChangedWithItsStampsPutBack_isAConflict() throws IOException {
    begin();
    FileTime time = Files.getLastModifiedTime(live.resolve("d/small"));
    Files.write(live.resolve("d/small"), CopyModelTest.random(99, 3000));
    Files.setLastModifiedTime(live.resolve("d/small"), time);
    Files.write(top.resolve("d/small"), new byte[10]);
    byte[] theirs = Files.readAllBytes(live.resolve("d/small"));
    SyncResult skipped = apply(ConflictPolicy.SKIP);
    assertThat(skipped.conflicts())
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.kind()).isEqualTo(CopyConflict.Kind.BOTH_CHANGED);
              assertThat(c.path()).isEqualTo(PathBytes.of("d/small"));
              assertThat(c.result()).isEqualTo(CopyConflict.Result.THEIRS);
            });
    assertThat(live.resolve("d/small")).hasBinaryContent(theirs);
    apply(ConflictPolicy.BOTH);
    assertThat(live.resolve("d/small")).hasBinaryContent(theirs);
    assertThat(live.resolve("d/small.copy-" + copy.id().substring(0, 8)))
        .hasBinaryContent(new byte[10]);
    apply(ConflictPolicy.OURS);
    assertThat(live.resolve("d/small")).hasBinaryContent(new byte[10]);
  }

  @Test
  void aRemovedDirectoryWithSomethingNewInIt_staysWithThat() throws IOException {
    begin();
    Files.delete(top.resolve("d/e/large"));
    Files.delete(top.resolve("d/e"));
    Files.write(live.resolve("d/e/new"), new byte[1]);
    SyncResult result = apply(ConflictPolicy.SKIP);
    assertThat(result.conflicts())
        .singleElement()
        .satisfies(c -> assertThat(c.kind()).isEqualTo(CopyConflict.Kind.NOT_EMPTY));
    assertThat(live.resolve("d/e/large")).doesNotExist();
    assertThat(live.resolve("d/e/new")).exists();
  }

  /** What happens between the plan and its execution. */
  private interface Meanwhile {
    void run() throws IOException;
  }

  private SyncResult applyAfter(Meanwhile meanwhile) throws IOException {
    int[] calls = {0};
    ReverseSync sync = sync(ConflictPolicy.OURS);
    int[] planned = {0};
    sync.plan(() -> planned[0]++);
    return sync.apply(
        () -> {
          if (calls[0]++ == planned[0]) {
            meanwhile.run();
          }
        });
  }

  @Test
  void aDirectoryThatBecomesALinkMeanwhile_leadsNowhere() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.write(outside.resolve("small"), new byte[5]);
    begin();
    Files.write(top.resolve("d/small"), new byte[10]);
    Files.write(top.resolve("d/new"), new byte[10]);
    Files.delete(top.resolve("d/e/large"));
    SyncResult result =
        applyAfter(
            () -> {
              Files.move(live.resolve("d"), live.resolve("away"));
              Files.createSymbolicLink(live.resolve("d"), outside);
            });
    assertThat(result.conflicts())
        .extracting(CopyConflict::kind)
        .contains(CopyConflict.Kind.CHANGED_MEANWHILE);
    assertThat(outside.resolve("small")).hasBinaryContent(new byte[5]);
    assertThat(outside.resolve("new")).doesNotExist();
    // Planned anew, the link is seen and left alone.
    SyncResult again = apply(ConflictPolicy.SKIP);
    assertThat(again.conflicts()).extracting(CopyConflict::kind).contains(CopyConflict.Kind.TYPE);
    assertThat(outside.resolve("new")).doesNotExist();
    assertThat(Files.isSymbolicLink(live.resolve("d"))).isTrue();
  }

  @Test
  void aFileThatChangesMeanwhile_isLeft() throws IOException {
    begin();
    Files.write(top.resolve("x"), new byte[10]);
    Files.delete(top.resolve("y"));
    SyncResult result =
        applyAfter(
            () -> {
              Files.write(live.resolve("x"), new byte[] {1});
              Files.write(live.resolve("y"), new byte[] {2});
            });
    assertThat(result.conflicts()).hasSize(2);
    assertThat(live.resolve("x")).hasBinaryContent(new byte[] {1});
    assertThat(live.resolve("y")).hasBinaryContent(new byte[] {2});
  }

  @Test
  void namesOfAnyBytes_goThere() throws IOException {
    PathBytes odd = PathBytes.of(new byte[] {'a', (byte) 0xff, '\n', (byte) 0x80});
    try (PosixTree raw = JnaPosix.open(live);
        PosixDirectory root = raw.openRoot();
        PosixFile file = root.openFile(odd, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(new byte[3]), 0);
    }
    begin();
    KmeshFileSystem system = (KmeshFileSystem) copy.fileSystem();
    PathBytes other = PathBytes.of(new byte[] {(byte) 0xfe, '\t'});
    Files.write(system.path(PathBytes.of("/").resolve(odd)), new byte[7]);
    Files.write(system.path(PathBytes.of("/").resolve(other)), new byte[9]);
    assertThat(apply(ConflictPolicy.SKIP).conflicts()).isEmpty();
    assertThat(tree.stat(odd).size()).isEqualTo(7);
    assertThat(tree.stat(other).size()).isEqualTo(9);
  }

  @Test
  void aTreeThatMustNotBeRead_isRefused() throws IOException {
    begin();
    Files.write(top.resolve("x"), new byte[10]);
    ContentGate gate =
        new ContentGate() {
          @Override
          public void enter(PosixDirectory directory, PathBytes path) throws IOException {
            throw new IOException("not this one");
          }

          @Override
          public Optional<Content.File> instead(PosixInode file, FileStat stat) {
            throw new AssertionError("It was read.");
          }

          @Override
          public List<Attribute> more(PosixInode inode, FileStat stat) {
            return List.of();
          }
        };
    ReverseSync sync = copy.reverseSync(tree, gate, ConflictPolicy.OURS);
    assertThatThrownBy(() -> sync.apply(Retrier.Check.NONE)).hasMessage("not this one");
    assertThat(live.resolve("x")).hasBinaryContent(CopyModelTest.random(3, 100));
  }

  @Test
  void aRefreshAfterwards_leavesNoChange() throws IOException {
    begin();
    write("d/e/large", 0, 10);
    Files.move(top.resolve("x"), top.resolve("d/x"));
    Files.write(top.resolve("new"), new byte[10]);
    Files.delete(top.resolve("y"));
    assertThat(apply(ConflictPolicy.SKIP).conflicts()).isEmpty();
    copy.close();
    String next = world.take(live);
    CopyRefresh refresh =
        world
            .copies()
            .refresh(folder.resolve("copy"), next, ConflictPolicy.SKIP, Retrier.Check.NONE);
    assertThat(refresh.conflicts()).isEmpty();
    assertThat(refresh.kept()).isEmpty();
    assertThat(refresh.copiedBytes()).isZero();
    try (java.util.stream.Stream<Path> data = Files.list(folder.resolve("copy/data"))) {
      assertThat(data.toList()).as("what the copy needs no more").isEqualTo(List.of());
    }
    copy = world.copies().open(folder.resolve("copy"));
  }
}
