// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Kmesh;
import io.kmesh.Operation;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ends the process anywhere while it takes a snapshot by changelog, between its publishing and the
 * clearing of records too: no change is lost, and none makes a scan needed.
 */
@Tag("crash")
class ChangelogTakeCrashTest extends OperationCrashes {
  private @Nullable SimulatedLustre lustre;
  private final Map<Integer, String> users = new TreeMap<>();
  private int number;

  private SimulatedLustre lustre() throws IOException {
    if (lustre == null) {
      lustre =
          SimulatedLustre.builder(Files.createDirectory(directory.resolve("lustre")))
              .mdts(2, DataSize.ofGib(1))
              .open();
    }
    return lustre;
  }

  @Override
  void attach(Kmesh kmesh, FaultInjector injector) throws IOException {
    SimulatedLustre real = lustre();
    LustreChangelogs cut = FaultyLustre.of(real, injector).changelogs();
    LustreBinding binding =
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return real;
          }

          @Override
          public LustreChangelogs changelogs() {
            return cut;
          }
        };
    kmesh.clusters().attach("lab", binding);
    kmesh.clusters().attach("audit", real);
  }

  @AfterEach
  void closeLustre() throws IOException {
    if (lustre != null) {
      lustre.close();
    }
  }

  private void change() throws IOException {
    for (String directory : Set.of("a", "b")) {
      Path there = lustre().fileSystem().getPath("/job", directory);
      Files.createDirectories(there);
      Files.writeString(there.resolve("kept"), "content " + number++);
      Files.deleteIfExists(there.resolve("f" + (number - 2)));
      Files.writeString(there.resolve("f" + number), "new");
    }
  }

  private Operation<Snapshot> take(Kmesh kmesh, String name) {
    return kmesh
        .snapshots()
        .take(
            name,
            kmesh.clusters().find("lab").orElseThrow().path("/job"),
            s -> users.forEach(s::changelogUser));
  }

  private static void requireScanFinds(Kmesh kmesh, Snapshot snapshot) {
    Snapshot scan =
        kmesh
            .snapshots()
            .take("scan", kmesh.clusters().find("audit").orElseThrow().path("/job"), s -> {})
            .await(LIMIT);
    assertThat(snapshot.diff(scan)).isEmpty();
    assertThat(snapshot.files()).isEqualTo(scan.files());
    assertThat(snapshot.bytes()).isEqualTo(scan.bytes());
  }

  @Test
  void take_killedAnywhere_losesNoChange() throws Exception {
    Set<String> without = new HashSet<>(READS);
    without.addAll(Set.of("changelogs", "open", "next", "close"));
    enumerate(
        Snapshot.class,
        without,
        new Scenario<Snapshot>() {
          @Override
          public void prepare(Kmesh kmesh, Path place) throws IOException {
            for (int mdt : lustre().identity().mdts()) {
              String before = users.get(mdt);
              users.put(mdt, lustre().changelogAdmin().register(mdt, Optional.empty()));
              if (before != null) {
                lustre().changelogAdmin().deregister(mdt, before);
              }
            }
            change();
            take(kmesh, "base").await(LIMIT);
            change();
          }

          @Override
          public Operation<Snapshot> start(Kmesh kmesh, Path place) {
            return take(kmesh, "it");
          }

          @Override
          public void check(Kmesh kmesh, Path place, Optional<Snapshot> result) throws IOException {
            if (result.isPresent()) {
              assertThat(result.get().scanReason()).isEmpty();
              requireScanFinds(kmesh, result.get());
            }
            change();
            Snapshot next = take(kmesh, "next").await(LIMIT);
            assertThat(next.scanReason()).isEmpty();
            requireScanFinds(kmesh, next);
          }
        });
  }
}
