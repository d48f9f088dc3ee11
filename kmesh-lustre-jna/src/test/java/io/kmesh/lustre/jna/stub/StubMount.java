// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of the stub, and the binding over it, in the JVM of a {@link StubFork}. */
final class StubMount {
  private final Stub stub = Stub.ofBinding();

  /** Mounts a new, empty one below a directory and opens it. */
  LustreBinding open(Path directory) throws IOException {
    int left = stub.openHandles();
    Path root = Files.createDirectory(directory.resolve("mnt"));
    stub.mount(root);
    assertThat(left).as("left open by the test before").isZero();
    return new JnaLustre().open(root);
  }

  Stub stub() {
    return stub;
  }

  static PathBytes contractDirectory(LustreBinding binding) throws IOException {
    PathBytes name = PathBytes.of("contract");
    try (PosixDirectory root = binding.tree().openRoot()) {
      root.makeDirectory(name, 0755);
    }
    return name;
  }
}
