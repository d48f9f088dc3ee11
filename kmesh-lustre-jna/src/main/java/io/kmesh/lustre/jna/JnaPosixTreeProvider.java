// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import io.kmesh.lustre.jna.internal.NativeLibc;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import java.io.IOException;
import java.nio.file.Path;

/** Opens trees by libc; named {@code jna}, priority 100. */
public final class JnaPosixTreeProvider implements PosixTreeProvider {
  /** For {@link java.util.ServiceLoader}. */
  public JnaPosixTreeProvider() {}

  @Override
  public String name() {
    return "jna";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public boolean isUsable() {
    return NativeLibc.whyUnusable().isEmpty();
  }

  @Override
  public PosixTree open(Path directory) throws IOException {
    return JnaPosix.open(directory);
  }
}
