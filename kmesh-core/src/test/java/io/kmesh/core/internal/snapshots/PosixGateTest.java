// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without a binding no file of a Lustre is read, wherever it is mounted. */
class PosixGateTest {
  private static final long EXT4 = 0xEF53;

  private final MemoryStore store = MemoryStore.create();
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private final List<String> opened = new ArrayList<>();
  @TempDir private Path directory;
  private PosixTree tree;

  @BeforeEach
  void fill() throws IOException {
    tree = JnaPosix.open(directory);
    SnapshotWorld.directory(tree, "d");
    SnapshotWorld.directory(tree, "d/mnt");
    SnapshotWorld.write(tree, "d/mnt/f", 1, 100);
    SnapshotWorld.write(tree, "d/mnt/g", 1, 100);
  }

  /** A tree that says that a path, and all below it, is a file system of a type. */
  private PosixTree mounting(String mounted, long type) {
    return new ForwardingPosixTree() {
      @Override
      protected PosixTree delegate() {
        return tree;
      }

      @Override
      public PosixDirectory openDirectory(PathBytes path) throws IOException {
        return watched(tree.openDirectory(path), path, mounted, type);
      }
    };
  }

  private PosixDirectory watched(PosixDirectory real, PathBytes path, String mounted, long type) {
    boolean isBelow = path.isAtOrBelow(PathBytes.of(mounted));
    return (PosixDirectory)
        Proxy.newProxyInstance(
            PosixDirectory.class.getClassLoader(),
            new Class<?>[] {PosixDirectory.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("fileSystemType")) {
                return OptionalLong.of(isBelow ? type : EXT4);
              }
              if (method.getName().equals("openFile")) {
                opened.add(path + "/" + arguments[0]);
              }
              try {
                Object result = method.invoke(real, arguments);
                if (result instanceof PosixDirectory below) {
                  return watched(below, path.resolve((PathBytes) arguments[0]), mounted, type);
                }
                return result instanceof FileStat s && isBelow && arguments == null
                    ? new FileStat(
                        s.type(),
                        s.mode(),
                        s.uid(),
                        s.gid(),
                        s.size(),
                        s.blocks(),
                        s.links(),
                        s.inode(),
                        s.device() + 1,
                        s.rdev(),
                        s.atime(),
                        s.mtime(),
                        s.ctime())
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private Manifest take(PosixTree from, ContentGate gate) throws IOException {
    return world
        .snapshots()
        .take(
            new SnapshotStore.Request(from, PathBytes.EMPTY, "s", "src", Map.of(), gate, true),
            new ScanTally(),
            Retrier.Check.NONE)
        .manifest();
  }

  @Test
  void lustre_atTheTopOrMountedBelow_isRefusedByName() throws IOException {
    for (String mounted : List.of("", "d/mnt")) {
      assertThatThrownBy(() -> take(mounting(mounted, PosixGate.LUSTRE), new PosixGate()))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
          .hasMessageContaining("/" + mounted + ": it is on a Lustre")
          .hasMessageContaining("--read-released");
      assertThat(opened).isEmpty();
    }
    assertThat(world.snapshots().list()).isEmpty();
    assertThat(world.domain().heads().newest().sessions()).isEmpty();
  }

  @Test
  void otherFileSystems_orWhenAllowed_areRead() throws IOException {
    assertThat(take(mounting("d/mnt", 0x6969), new PosixGate()).files()).isEqualTo(2);
    assertThat(take(mounting("d/mnt", PosixGate.LUSTRE), ContentGate.OPEN).files()).isEqualTo(2);
    assertThat(take(tree, new PosixGate()).files()).isEqualTo(2);
    try (PosixDirectory root = tree.openRoot()) {
      assertThat(root.fileSystemType()).isPresent();
    }
  }
}
