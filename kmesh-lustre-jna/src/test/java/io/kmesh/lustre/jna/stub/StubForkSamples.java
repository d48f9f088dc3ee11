// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.fail;

import com.sun.jna.Pointer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What {@link StubForkTest} runs in another JVM. */
class StubForkSamples {
  @Test
  void passes() {}

  @Test
  void fails() {
    fail("on purpose");
  }

  @Test
  void isSkipped() {
    Assumptions.abort("on purpose");
  }

  /** Ends its JVM by reading from address 1. */
  static class Dies {
    @Test
    void dies() {
      new Pointer(1).getInt(0);
    }
  }
}
