// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PlanStoreTest {
  @Test
  void whatIsKept_isFoundInAnyLanguage() throws IOException {
    Locale before = Locale.getDefault();
    try (MemoryState state = MemoryState.create(ManualTime.create())) {
      PlanStore plans = new PlanStore(state);
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      plans.settle("plan", 12, 0, new byte[] {7});
      Locale.setDefault(Locale.ENGLISH);
      assertThat(plans.outcome("plan", 12)).contains(new byte[] {7});
    } finally {
      Locale.setDefault(before);
    }
  }
}
