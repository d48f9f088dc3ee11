// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.hsm.FileWalk;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;

/** Turns checked failures into the user's, and users' paths into normal ones. */
final class ClusterPaths {
  /** A call that may fail. */
  @FunctionalInterface
  interface Call<T> {
    T run() throws IOException;
  }

  private ClusterPaths() {}

  static PathBytes normal(PathBytes path) {
    try {
      return FileWalk.normal(path);
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  static <T> T read(Call<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  static <T> T mutate(Call<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }
}
