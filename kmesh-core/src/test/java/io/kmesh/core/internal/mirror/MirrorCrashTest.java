// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs each scenario once for every mutation of store and state, with the process ending before or
 * after it or only its reply lost: what was acknowledged is never lost, what is restored is what
 * was archived, and a repeated action leaves nothing behind.
 */
@Tag("crash")
class MirrorCrashTest {
  private static final String BY_PARTS = "swap, by copies of parts";
  private static final int LARGE = 3 * (64 << 10) + 5;

  /** What is acknowledged of a file: the contents that a restore may give. */
  private static final class Ledger {
    final Map<Fid, List<byte[]>> allowed = new LinkedHashMap<>();

    void begun(Fid fid, byte[] content) {
      allowed.computeIfAbsent(fid, f -> new ArrayList<>()).add(content.clone());
    }

    void acknowledged(Fid fid, byte[] content) {
      allowed.put(fid, new ArrayList<>(List.of(content.clone())));
    }
  }

  /** A scenario: the part before is undisturbed, the part after is what is enumerated. */
  private record Scenario(String name, Part before, Part during) {
    @Override
    public String toString() {
      return name;
    }
  }

  private interface Part {
    void run(MirrorFixture world, Ledger ledger) throws IOException;
  }

  private static void archive(MirrorFixture world, Ledger ledger, int n) throws IOException {
    Fid fid = MirrorFixture.fid(n);
    byte[] content = world.files.get(fid).bytes;
    boolean isFirst = !ledger.allowed.containsKey(fid);
    if (!isFirst) {
      ledger.begun(fid, content);
    }
    try (PendingArchive pending = world.begin(fid)) {
      pending.commit();
      ledger.acknowledged(fid, content);
      pending.settle();
    }
  }

  static Stream<Scenario> scenarios() {
    return Stream.of(
        new Scenario(
            "archive",
            (w, l) -> w.write(1, "a", MirrorFixture.random(1, 100)),
            (w, l) -> archive(w, l, 1)),
        new Scenario(
            "archive with a side object",
            (w, l) -> {
              w.write(1, "a", MirrorFixture.random(1, 100));
              w.files
                  .get(MirrorFixture.fid(1))
                  .xattrs
                  .put(io.kmesh.path.PathBytes.of("user.x"), new byte[9000]);
            },
            (w, l) -> archive(w, l, 1)),
        new Scenario(
            "archive again",
            (w, l) -> {
              w.write(1, "a", MirrorFixture.random(1, 100));
              archive(w, l, 1);
              w.write(1, "a", MirrorFixture.random(2, 200));
            },
            (w, l) -> archive(w, l, 1)),
        new Scenario(
            "archive large",
            (w, l) -> w.write(1, "a", MirrorFixture.random(1, LARGE)),
            (w, l) -> archive(w, l, 1)),
        new Scenario(
            "archive large again",
            (w, l) -> {
              w.write(1, "a", MirrorFixture.random(1, LARGE));
              archive(w, l, 1);
              w.write(1, "a", MirrorFixture.random(2, LARGE + 1));
            },
            (w, l) -> archive(w, l, 1)),
        new Scenario(
            "rename and re-create",
            (w, l) -> {
              w.write(1, "a", MirrorFixture.random(1, 100));
              archive(w, l, 1);
              w.rename(MirrorFixture.fid(1), "b");
              w.write(2, "a", MirrorFixture.random(2, 100));
            },
            (w, l) -> {
              archive(w, l, 2);
              w.write(1, "b", MirrorFixture.random(3, 100));
              archive(w, l, 1);
            }),
        swap("swap"),
        swap(BY_PARTS),
        new Scenario(
            "remove",
            (w, l) -> {
              w.write(1, "a", MirrorFixture.random(1, LARGE));
              archive(w, l, 1);
              w.write(2, "b", MirrorFixture.random(2, 100));
              archive(w, l, 2);
            },
            (w, l) -> {
              l.allowed.remove(MirrorFixture.fid(1));
              try {
                w.remove(MirrorFixture.fid(1));
              } catch (ProviderException e) {
                // Removed before the process ended: a repeated removal says so.
                if (e.kind() != ErrorKind.NOT_FOUND) {
                  throw e;
                }
              }
            }));
  }

  private static Scenario swap(String name) {
    return new Scenario(
        name,
        (w, l) -> {
          w.write(1, "a", MirrorFixture.random(1, 100));
          w.write(2, "b", MirrorFixture.random(2, LARGE));
          archive(w, l, 1);
          archive(w, l, 2);
        },
        (w, l) -> {
          w.write(1, "b", MirrorFixture.random(3, 100));
          w.write(2, "a", MirrorFixture.random(4, LARGE));
          archive(w, l, 1);
          archive(w, l, 2);
        });
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void everyStep_whenTheProcessEndsThere_losesNothing(Scenario scenario) throws IOException {
    int mutations = run(scenario, 0, Doom.Fate.DIE_BEFORE);
    assertThat(mutations).isGreaterThan(1);
    for (Doom.Fate fate : Doom.Fate.values()) {
      for (int at = 1; at <= mutations; at++) {
        try {
          run(scenario, at, fate);
        } catch (IOException | RuntimeException | AssertionError e) {
          throw new AssertionError(
              scenario.name + ", " + fate + " at mutation " + at + " of " + mutations, e);
        }
      }
    }
  }

  /** Runs a scenario with a doom; the number of mutations of its second part. */
  private static int run(Scenario scenario, int at, Doom.Fate fate) throws IOException {
    MemoryStore store =
        scenario.name.equals(BY_PARTS) ? SmallCopies.builder().build() : MemoryStore.create();
    MemoryState state = MemoryState.create(MirrorFixture.STILL);
    Ledger ledger = new Ledger();
    MirrorFixture calm = new MirrorFixture(store, state);
    scenario.before.run(calm, ledger);

    Doom doom = new Doom(at, fate);
    MirrorFixture doomed = new MirrorFixture(doom.over(store), doom.over(state));
    doomed.adopt(calm);
    boolean isCutShort = false;
    try {
      scenario.during.run(doomed, ledger);
    } catch (Doom.Death e) {
      isCutShort = true;
    } catch (ProviderException e) {
      // A lost reply of the state's own commit can't be looked up by the mirror: the action fails,
      // and a
      // new process decides.
      assertThat(fate).isEqualTo(Doom.Fate.LOSE_REPLY);
      assertThat(e.kind()).isIn(ErrorKind.UNKNOWN_OUTCOME, ErrorKind.TRANSIENT);
      isCutShort = true;
    }
    int mutations = doom.count();

    MirrorFixture next = new MirrorFixture(store, state);
    next.adopt(doomed);
    check(next, ledger);
    if (isCutShort) {
      scenario.during.run(next, ledger);
      check(next, ledger);
    }
    long sides = store.keys().stream().filter(k -> k.startsWith("m/.kmesh/side/")).count();
    assertThat(store.keys().size() - sides)
        .as("objects %s", store.keys())
        .isEqualTo(ledger.allowed.size());
    assertThat(sides).as("side objects").isLessThanOrEqualTo(ledger.allowed.size());
    assertThat(store.openUploads()).as("uploads").isEmpty();
    assertThat(state.count("mirror.intent", "")).as("intents").isZero();
    assertThat(state.count("mirror.part", "")).as("parts").isZero();
    assertThat(state.count("mirror.key", "")).as("keys").isEqualTo(ledger.allowed.size());
    assertThat(next.budget.used().bytes()).isZero();
    return mutations;
  }

  private static void check(MirrorFixture world, Ledger ledger) throws IOException {
    for (Map.Entry<Fid, List<byte[]>> file : ledger.allowed.entrySet()) {
      assertThat(file.getValue())
          .as("content of %s", file.getKey())
          .contains(world.restore(file.getKey()));
    }
  }
}
