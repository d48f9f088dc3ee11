// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** Opens trees by the best provider that works here: libc where it loads, else java.nio. */
public final class PosixTrees {
  private PosixTrees() {}

  /**
   * Opens the tree below an existing directory by the usable provider of the highest priority; of
   * two equal ones the first by name.
   *
   * @throws IOException when it can't be opened
   */
  public static PosixTree open(Path directory) throws IOException {
    return open(directory, PosixTrees.class.getClassLoader());
  }

  /** As {@link #open(Path)}, with the providers that a class loader sees. */
  public static PosixTree open(Path directory, ClassLoader loader) throws IOException {
    List<PosixTreeProvider> providers = new ArrayList<>();
    ServiceLoader.load(PosixTreeProvider.class, loader).forEach(providers::add);
    return best(providers, directory).open(directory);
  }

  private static PosixTreeProvider best(List<PosixTreeProvider> providers, Path directory)
      throws IOException {
    return providers.stream()
        .sorted(
            Comparator.comparingInt(PosixTreeProvider::priority)
                .reversed()
                .thenComparing(PosixTreeProvider::name))
        .filter(PosixTreeProvider::isUsable)
        .findFirst()
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.UNSUPPORTED,
                    "Cannot open "
                        + directory
                        + ": none of the providers "
                        + providers.stream().map(PosixTreeProvider::name).sorted().toList()
                        + " works here. Put kmesh-core and kmesh-lustre-jna on the class path."));
  }
}
