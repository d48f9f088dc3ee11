// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.snapshots.cut.StateQuiesceJournal.Frozen;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.quiesce.ScriptHook;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StateQuiesceJournalTest {
  private static final Frozen SITE = new Frozen("0123456789abcdef", "db");

  /** The golden vector of docs/format/quiesce-journal.md. */
  private static final String TEXT = "{\"format\":0,\"cut\":\"0123456789abcdef\",\"hook\":\"db\"}";

  @Test
  void site_goldenBytes() throws IOException {
    assertThat(new String(SITE.write(), StandardCharsets.UTF_8)).isEqualTo(TEXT);
    assertThat(Frozen.read("it", TEXT.getBytes(StandardCharsets.UTF_8))).isEqualTo(SITE);
  }

  @Test
  void sites_ofAnyName_areLeftUntilThawed_alsoByAnotherProcess() throws IOException {
    String odd = "../a name\nof ü\0";
    try (MemoryState state = MemoryState.create(ManualTime.create())) {
      StateQuiesceJournal journal = new StateQuiesceJournal(state);
      journal.freezing(SITE.cut(), new ScriptHook(odd, "", ""));
      journal.freezing(SITE.cut(), new ScriptHook("db", "", ""));
      journal.freezing(SITE.cut(), new ScriptHook("db", "", ""));
      try (MemoryState reopened = state.reopen()) {
        StateQuiesceJournal next = new StateQuiesceJournal(reopened);
        assertThat(next.left()).containsExactlyInAnyOrder(new Frozen(SITE.cut(), odd), SITE);
        next.thawed(SITE.cut(), new ScriptHook(odd, "", ""));
        next.thawed(SITE.cut(), new ScriptHook(odd, "", ""));
        assertThat(next.left()).containsExactly(SITE);
      }
    }
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void site_damagedAnywhere_isAValueOrDamage(@ForAll @IntRange(max = 60) int at, @ForAll byte value)
      throws IOException {
    byte[] damaged = TEXT.getBytes(StandardCharsets.UTF_8);
    damaged[at % damaged.length] = value;
    try {
      assertThat(Frozen.read("it", damaged).cut()).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
    }
  }
}
