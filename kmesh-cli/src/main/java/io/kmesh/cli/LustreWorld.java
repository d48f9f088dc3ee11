// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.lustre.LustreProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * The Lustre that commands find on this machine.
 *
 * @param providers what opens mounts; asked for only by commands that need it
 * @param natives the native libraries
 * @param root the folder that /proc, /sys and /dev are in
 */
record LustreWorld(Supplier<List<LustreProvider>> providers, LustreNatives natives, Path root) {
  /** That of this machine. */
  static LustreWorld ofMachine() {
    return new LustreWorld(
        () ->
            ServiceLoader.load(LustreProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList(),
        LustreNatives.ofProcess(),
        Path.of("/"));
  }
}
