// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.fuzz;

import org.junit.jupiter.api.Tag;

@Tag("fuzz-loop")
class SecondFuzzLoopTest extends FuzzLoop {
  SecondFuzzLoopTest() {
    super(1);
  }
}
