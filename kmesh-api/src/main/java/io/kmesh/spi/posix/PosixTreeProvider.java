// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Opens trees of the running system; found by {@link java.util.ServiceLoader}. The one of the
 * highest {@link #priority()} that {@link #isUsable()} is taken.
 */
public interface PosixTreeProvider {
  /** A short name, such as {@code jna}. */
  String name();

  /** Higher is preferred: native 100, java.nio 0. */
  int priority();

  /** Whether it works here; false when its native library can't load. */
  boolean isUsable();

  /** Opens the tree below an existing directory of the default file system. */
  PosixTree open(Path directory) throws IOException;
}
