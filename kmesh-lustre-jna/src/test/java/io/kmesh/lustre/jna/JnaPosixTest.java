// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What libc's trees do beyond the contract. */
class JnaPosixTest {
  @TempDir Path directory;

  @Test
  void provider_whenLookedUp_isFoundAndUsable() {
    List<PosixTreeProvider> providers =
        ServiceLoader.load(PosixTreeProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
    assertThat(providers)
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.name()).isEqualTo("jna");
              assertThat(p.priority()).isEqualTo(100);
              assertThat(p.isUsable()).isTrue();
            });
    assertThat(JnaPosix.whyUnusable()).isEmpty();
  }

  @Test
  void open_whenDirectoryIsMissingOrNone_namesIt() throws IOException {
    assertThatThrownBy(() -> JnaPosix.open(directory.resolve("none")))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining(directory + "/none: ENOENT(2)");
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> JnaPosix.open(file)).hasMessageContaining("ENOTDIR(20)");
  }

  @Test
  void open_whenPathIsASymlink_followsIt() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/proc/self"));
    try (PosixTree tree = JnaPosix.open(link);
        PosixDirectory root = tree.openRoot()) {
      assertThat(root.find(PathBytes.of("status"))).isPresent();
    }
  }

  @Test
  void open_whenPathHasAnyByte_takesItExactly() throws IOException {
    PathBytes name = PathBytes.of(new byte[] {(byte) 0xff, '%', ' ', (byte) 0xc3});
    try (PosixTree tree = JnaPosix.open(directory);
        PosixDirectory root = tree.openRoot()) {
      root.makeDirectory(name, 0700);
      PathBytes base = PathBytes.of(directory.toString().getBytes(StandardCharsets.UTF_8));
      try (PosixTree below = JnaPosix.open(base.resolve(name))) {
        assertThat(below.description()).endsWith("\\xff% \\xc3");
      }
      List<Path> listed;
      try (Stream<Path> list = Files.list(directory)) {
        listed = list.toList();
      }
      try (PosixTree byPath = JnaPosix.open(listed.get(0))) {
        assertThat(byPath.description()).endsWith("\\xff% \\xc3");
      }
      root.removeDirectory(name);
    }
  }

  @Test
  void openHandles_whenHandlesAreOpen_countsThem() throws IOException {
    long before = JnaPosix.openHandles();
    PosixTree tree = JnaPosix.open(directory);
    PosixDirectory root = tree.openRoot();
    PosixFile file = root.openFile(PathBytes.of("f"), Set.of(OpenFlag.CREATE, OpenFlag.WRITE));
    assertThat(JnaPosix.openHandles()).isEqualTo(before + 3);
    file.close();
    root.close();
    tree.close();
    assertThat(JnaPosix.openHandles()).isEqualTo(before);
  }

  @Test
  void open_whenItFails_leavesNoDescriptor() throws IOException {
    try (PosixTree tree = JnaPosix.open(directory);
        PosixDirectory root = tree.openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0700);
      long before = descriptors();
      for (int i = 0; i < 50; i++) {
        assertThatThrownBy(() -> root.openFile(PathBytes.of("d"), Set.of()))
            .isInstanceOf(ProviderException.class);
        assertThatThrownBy(() -> root.openFile(PathBytes.of("x"), Set.of()))
            .isInstanceOf(ProviderException.class);
        assertThatThrownBy(() -> root.makeDirectory(PathBytes.of("d"), 0700))
            .isInstanceOf(ProviderException.class);
        root.setMode(PathBytes.of("d"), 0755);
      }
      assertThat(descriptors()).isLessThan(before + 40);
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  @Test
  void openFile_whenOpened_isClosedOnExecAndBlocks() throws IOException {
    assumeThat(Path.of("/proc/self/fdinfo")).isDirectory();
    try (PosixTree tree = JnaPosix.open(directory);
        PosixDirectory root = tree.openRoot();
        PosixFile file =
            root.openFile(PathBytes.of("f"), Set.of(OpenFlag.CREATE, OpenFlag.WRITE))) {
      assertThat(file.stat().size()).isZero();
      String info = "";
      try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
        for (Path fd : all.toList()) {
          if (Files.isSymbolicLink(fd)
              && Files.readSymbolicLink(fd).equals(directory.toRealPath().resolve("f"))) {
            info = Files.readString(Path.of("/proc/self/fdinfo").resolve(fd.getFileName()));
          }
        }
      }
      int flags =
          info.lines()
              .filter(line -> line.startsWith("flags:"))
              .map(line -> Integer.parseInt(line.substring(6).strip(), 8))
              .findFirst()
              .orElseThrow();
      assertThat(flags & Linux.O_CLOEXEC).isNotZero();
      assertThat(flags & Linux.O_NONBLOCK).isZero();
      assertThat(flags & Linux.O_WRONLY).isNotZero();
    }
  }

  /** The flags as the kernel numbers them. */
  private static final class Linux {
    static final int O_WRONLY = 1;
    static final int O_NONBLOCK = 04000;
    static final int O_CLOEXEC = 02000000;
  }
}
