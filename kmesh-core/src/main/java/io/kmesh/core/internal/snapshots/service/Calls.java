// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.KmeshException;
import java.io.IOException;

/** Turns checked failures into the user's. */
final class Calls {
  /** A call that may fail. */
  @FunctionalInterface
  interface Call<T> {
    T run() throws IOException;
  }

  private Calls() {}

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
