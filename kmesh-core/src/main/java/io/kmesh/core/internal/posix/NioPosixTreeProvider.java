// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/** Opens trees by java.nio; named {@code nio}, priority 0: for where no other works. */
public final class NioPosixTreeProvider implements PosixTreeProvider {
  /** For {@link java.util.ServiceLoader}. */
  public NioPosixTreeProvider() {}

  @Override
  public String name() {
    return "nio";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public boolean isUsable() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("unix");
  }

  @Override
  public PosixTree open(Path directory) throws IOException {
    return NioPosixTree.open(directory);
  }
}
