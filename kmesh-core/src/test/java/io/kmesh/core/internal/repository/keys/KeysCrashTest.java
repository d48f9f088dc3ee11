// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import static io.kmesh.core.internal.repository.keys.KeyWorld.holder;
import static io.kmesh.core.internal.repository.keys.KeyWorld.init;
import static io.kmesh.core.internal.repository.keys.KeyWorld.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keys whose owner ends anywhere: what was there opens, and another try comes to the end. */
@Tag("crash")
class KeysCrashTest {
  private static Map<String, String> gears(RepositoryKeys keys) throws IOException {
    Map<String, String> gears = new TreeMap<>();
    for (DomainInfo domain : keys.domains()) {
      try (DomainKeys opened = keys.domain(domain.name())) {
        gears.put(domain.name(), java.util.HexFormat.of().formatHex(opened.gear()));
      }
    }
    return gears;
  }

  private static final class Rotating implements CrashPoints.Scenario {
    private final MemoryStore real = MemoryStore.create();
    private final Map<String, String> gears;
    private boolean isDone;

    private Rotating(MemoryStore template, Map<String, String> gears) {
      this.gears = gears;
      try {
        for (String key : template.keys()) {
          KeyWorld.write(real, key, KeyWorld.bytes(template, key));
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void run(CrashPoint crashPoint) throws IOException {
      try (RepositoryKeys keys = open(CrashableStore.of(real, crashPoint), "anna")) {
        keys.rotate(holder("anna"), List.of(holder("bert")));
        isDone = true;
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      try (RepositoryKeys keys = open(real, "anna")) {
        assertThat(gears(keys)).isEqualTo(gears);
        Rotated rotated =
            seed % 2 == 0 && keys.generation() == 2
                ? keys.finishRotation()
                : keys.rotate(holder("anna"), List.of(holder("bert")));
        assertThat(rotated.unreadable()).isEmpty();
        assertThat(gears(keys)).isEqualTo(gears);
        assertThat(keys.wrappings()).allMatch(w -> w.generation() == keys.generation());
        if (isDone) {
          assertThat(rotated.dropped()).isEmpty();
        }
      }
      try (RepositoryKeys keys = open(real, "anna")) {
        assertThat(gears(keys)).isEqualTo(gears);
        // Nothing is left of what was begun: marker, wrappings, a key for each domain, a grant.
        assertThat(real.keys()).hasSize(1 + keys.wrappings().size() + 2 + 1);
      }
      try {
        open(real, "carl").close();
        throw new AssertionError("carl was dropped and opens");
      } catch (ProviderException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
      }
    }
  }

  @Test
  void rotate_crashAnywhere_opensWithAllDomains_andASecondOneCompletesIt() throws IOException {
    MemoryStore template = MemoryStore.create(); // the same names in each run, so the same calls
    try (RepositoryKeys keys = init(template)) {
      keys.addWrapping(holder("bert"));
      keys.addWrapping(holder("carl"));
      keys.createDomain("second");
      keys.grant("second", holder("guest"));
      Map<String, String> gears = gears(keys);
      CrashPoints.Report report = CrashPoints.enumerate(() -> new Rotating(template, gears), 2);
      assertThat(report.crashes()).isEqualTo(4 * report.operations());
    }
  }

  private static final class Making implements CrashPoints.Scenario {
    private final MemoryStore real = MemoryStore.create();

    @Override
    public void run(CrashPoint crashPoint) throws IOException {
      init(CrashableStore.of(real, crashPoint)).close();
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      try {
        init(real).close();
      } catch (ProviderException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS);
      }
      try (RepositoryKeys keys = open(real, "anna")) {
        assertThat(keys.domains()).extracting(DomainInfo::name).containsExactly("main");
      }
      assertThat(real.keys()).hasSize(3);
    }
  }

  @Test
  void init_crashAnywhere_isCompletedByAnother() {
    assertThat(CrashPoints.enumerate(Making::new, 1).operations()).isGreaterThan(5);
  }

  private static final class Changing implements CrashPoints.Scenario {
    private final MemoryStore real = MemoryStore.create();
    private final Map<String, String> gears;

    private Changing() {
      try (RepositoryKeys keys = init(real)) {
        gears = gears(keys);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void run(CrashPoint crashPoint) throws IOException {
      try (RepositoryKeys keys = open(CrashableStore.of(real, crashPoint), "anna")) {
        keys.createDomain("second");
        keys.removeWrapping(keys.addWrapping(holder("bert")).id());
        keys.revokeGrant(keys.grant("second", holder("guest")).id());
        keys.shredDomain("second");
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      try (RepositoryKeys keys = open(real, "anna")) {
        assertThat(gears(keys)).containsAllEntriesOf(gears);
        keys.rotate(holder("anna"), List.of());
        assertThat(gears(keys)).containsAllEntriesOf(gears);
        if (keys.domains().size() == 2) {
          keys.shredDomain("second");
        }
        assertThat(keys.wrappings()).hasSize(1);
      }
      assertThat(real.keys().stream().filter(k -> !k.contains("/grants/"))).hasSize(3);
    }
  }

  @Test
  void changes_crashAnywhere_loseNothingElse() {
    assertThat(CrashPoints.enumerate(Changing::new, 1).operations()).isGreaterThan(10);
  }

  @Test
  void rotate_eachReplyLost_endsAsIfItWasNot() throws IOException {
    int mutations = 12;
    for (String method : new String[] {"put", "delete", "read", "list"}) {
      for (int call = 0; call < mutations; call++) {
        MemoryStore real = MemoryStore.create();
        init(real).close();
        FaultInjector faults =
            FaultInjector.start(
                FaultPlan.on(method).after(call).loseReplyOnce(), ManualTime.create());
        FaultyObjectStore lossy = FaultyObjectStore.of(real, faults);
        try (RepositoryKeys keys = open(lossy, "anna")) {
          keys.rotate(holder("anna"), List.of(holder("bert")));
          assertThat(keys.generation()).isEqualTo(2);
        } catch (ProviderException e) {
          // A read has no unknown outcome that may be tried again; all stays as it was, or is done.
          assertThat(method).isIn("read", "list");
          assertThat(e.kind()).isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
        }
        try (RepositoryKeys keys = open(real, "anna")) {
          assertThat(keys.domains()).hasSize(1).allMatch(DomainInfo::isReadable);
        }
      }
    }
  }
}
