// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The number that tells a file system from another of its name. */
class FileSystemInstanceTest {
  private final List<String> calls = new ArrayList<>();

  private PosixDirectory recorded(PosixDirectory real) {
    return (PosixDirectory)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {PosixDirectory.class},
            (proxy, method, args) -> {
              calls.add(method.getName());
              try {
                return method.invoke(real, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private LustreBinding recorded(SimulatedLustre lustre) {
    PosixTree tree =
        new ForwardingPosixTree() {
          @Override
          protected PosixTree delegate() {
            return lustre.tree();
          }

          @Override
          public PosixDirectory openRoot() throws IOException {
            return recorded(lustre.tree().openRoot());
          }
        };
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return lustre;
      }

      @Override
      public PosixTree tree() {
        return tree;
      }
    };
  }

  @Test
  void newInstance_isDurableBeforeAnybodyHearsOfIt_andStays(@TempDir Path folder)
      throws IOException {
    try (SimulatedLustre lustre = SimulatedLustre.builder(folder).caller(0, 0).open()) {
      LustreBinding binding = recorded(lustre);
      String drawn = FileSystemInstance.of(binding);
      assertThat(calls).containsSubsequence("setXattr", "sync");
      assertThat(FileSystemInstance.of(binding)).isEqualTo(drawn);
      assertThat(FileSystemInstance.find(binding)).contains(drawn);
    }
  }
}
