// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import java.io.IOException;
import java.io.Serializable;

/**
 * Something to print.
 *
 * @param size a part
 */
public record ApiDumpSample(int size) implements Serializable {
  /** A constant. */
  public static final int LIMIT = 7;

  /** A method. */
  public String text() throws IOException {
    return hidden();
  }

  String hidden() {
    return "";
  }

  static final class Hidden {}
}
