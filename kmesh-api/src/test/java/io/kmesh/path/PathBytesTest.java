// SPDX-License-Identifier: Apache-2.0
package io.kmesh.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathBytesTest {
  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "/a b/%41/#x?y", "/a/../b", "/.hidden/+&"})
  void absolute_isThePathsBytes(String path) {
    assertThat(PathBytes.absolute(Path.of(path))).isEqualTo(PathBytes.of(path));
  }

  /** Whatever the locale of the JVM, a URI names bytes. */
  @Test
  void absolute_ofBytesThatAreNoText_hasThem() {
    Path path = Path.of(URI.create("file:///x%FF%C3%A9"));
    assertThat(PathBytes.absolute(path))
        .isEqualTo(PathBytes.of(new byte[] {'/', 'x', -1, (byte) 0xc3, (byte) 0xa9}));
  }

  /** A URI of a directory that is there ends in a slash. */
  @Test
  void absolute_ofADirectory_endsInNoSlash(@TempDir Path directory) {
    assertThat(PathBytes.absolute(directory)).isEqualTo(PathBytes.of(directory.toString()));
    assertThat(PathBytes.absolute(Path.of("")))
        .isEqualTo(PathBytes.of(Path.of("").toAbsolutePath().toString()));
  }

  @Test
  void absolute_inAnotherFileSystem_isRefused(@TempDir Path directory) throws IOException {
    try (FileSystem zip =
        FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
      assertThatThrownBy(() -> PathBytes.absolute(zip.getPath("/a")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Cannot take the bytes of /a: it is a path of ")
          .hasMessageContaining("Pass one of the default file system");
    }
  }
}
