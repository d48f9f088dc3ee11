// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The FID of an entry where a binding has no call of its own for it. */
class EntryFidTest {
  private static final List<PathBytes> NAMES =
      List.of(PathBytes.of("file"), PathBytes.of("link"), PathBytes.of("pipe"), PathBytes.of("d"));

  @TempDir Path folder;
  private int renames;
  private int number;

  @Test
  void fid_whenTheDirectoryIsRenamedMeanwhile_isFound() throws IOException {
    try (SimulatedLustre lustre = SimulatedLustre.builder(folder).open();
        PosixDirectory root = lustre.tree().openRoot()) {
      try (PosixDirectory directory = fill(root, "x0", "")) {
        for (PathBytes name : NAMES) {
          Fid expected = lustre.identity().fid(directory, name);
          renames = 3;
          assertThat(defaults(lustre, root).fid(directory, name))
              .as("%s", name)
              .isEqualTo(expected);
        }
        assertThatThrownBy(() -> defaults(lustre, root).fid(directory, PathBytes.of("none")))
            .hasMessageContaining("none");
        renames = Integer.MAX_VALUE;
        assertThatThrownBy(() -> defaults(lustre, root).fid(directory, PathBytes.of("pipe")))
            .hasMessageContaining("Try again");
      }
    }
  }

  /** Renames x to x+1 behind each question for a path, and gives x to another with such entries. */
  private LustreIdentity defaults(SimulatedLustre lustre, PosixDirectory root) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.isDefault()) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          try {
            Object result = method.invoke(lustre.identity(), arguments);
            if (method.getName().equals("paths") && renames-- > 0) {
              String old = "x" + number++;
              root.rename(
                  PathBytes.of(old), root, PathBytes.of("x" + number), RenameMode.NO_REPLACE);
              if (number % 2 == 0) {
                fill(root, old, "other").close();
              }
            }
            return result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return (LustreIdentity)
        Proxy.newProxyInstance(
            LustreIdentity.class.getClassLoader(), new Class<?>[] {LustreIdentity.class}, handler);
  }

  private static PosixDirectory fill(PosixDirectory root, String name, String target)
      throws IOException {
    root.makeDirectory(PathBytes.of(name), 0755);
    PosixDirectory made = root.openDirectory(PathBytes.of(name));
    made.openFile(PathBytes.of("file"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE)).close();
    made.makeSymlink(PathBytes.of("link"), PathBytes.of("to" + target));
    made.makeNode(PathBytes.of("pipe"), FileType.FIFO, 0600, 0);
    made.makeDirectory(PathBytes.of("d"), 0755);
    return made;
  }
}
