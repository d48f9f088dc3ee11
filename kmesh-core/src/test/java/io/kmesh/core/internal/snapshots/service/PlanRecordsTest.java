// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanRecordsTest {
  private static final String KIND = "snapshot.restore-plan";

  @Test
  void plans_ofAnySize_areKept_underTheSameKeysInAnyLanguage() throws IOException {
    Locale before = Locale.getDefault();
    try (MemoryState state = MemoryState.create(ManualTime.create())) {
      PlanRecords plans = new PlanRecords(state, KIND, "snapshot.restore-begun");
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      long[] all = new long[5000];
      for (int i = 0; i < all.length; i++) {
        all[i] = (long) all.length - i;
      }
      plans.keep("long", all);
      plans.keep("empty", new long[0]);
      assertThat(state.scan(KIND, "", "", 10))
          .extracting(record -> record.key().id())
          .containsExactly("empty/00000000", "long/00000000", "long/00000001");
      assertThat(plans.planned("long")).isSorted().hasSize(5000);
      assertThat(plans.planned("empty")).isEmpty();
      assertThat(plans.forgetOthers(Set.of("long"))).isEqualTo(1);
    } finally {
      Locale.setDefault(before);
    }
  }
}
