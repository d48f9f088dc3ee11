// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.ServiceLoader;

/** Trees of the host. */
final class HostTree {
  private HostTree() {}

  /** A tree of the host, by the best means there is here. */
  static PosixTree open(Path folder) throws IOException {
    PosixTreeProvider best =
        ServiceLoader.load(PosixTreeProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(PosixTreeProvider::isUsable)
            .max(Comparator.comparing(PosixTreeProvider::priority))
            .orElseThrow(() -> new IOException("Cannot open " + folder + ": nothing can."));
    return best.open(folder);
  }
}
