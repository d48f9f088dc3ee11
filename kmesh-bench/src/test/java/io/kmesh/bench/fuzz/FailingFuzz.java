// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.fuzz;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Fails when it is chosen; the loop's own test chooses it. */
class FailingFuzz {
  @Test
  @Tag("fuzz")
  void decode_always_fails() {
    throw new AssertionError("found by fuzzing");
  }
}
